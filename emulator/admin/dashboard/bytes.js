/* bytes.js - bytes as text, none of them lost.
 *
 * UTF-8 is what it says. A byte that is none becomes a lone surrogate, U+DC80 for 0x80, which no UTF-8 can say, and
 * which names.js shows as \x80. */

const BYTE = 0xdc00;

export function bytesOf(base64) {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/* The code point at a place and how many bytes it takes; -1 and 1 where there is none (RFC 3629: no overlong forms,
 * no surrogates, nothing above U+10FFFF). */
function character(bytes, at) {
    const first = bytes[at];
    if (first < 0x80) return [first, 1];
    const width = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || at + width > bytes.length) return [-1, 1];
    let code = first & (0x7f >> width);
    for (let i = 1; i < width; i++) {
        if ((bytes[at + i] & 0xc0) !== 0x80) return [-1, 1];
        code = code * 64 + (bytes[at + i] & 0x3f);
    }
    const least = [0, 0, 0x80, 0x800, 0x10000][width];
    const valid = code >= least && code <= 0x10ffff && !(code >= 0xd800 && code < 0xe000);
    return valid ? [code, width] : [-1, 1];
}

export function decode(bytes) {
    const parts = [];
    for (let i = 0; i < bytes.length;) {
        const [code, width] = character(bytes, i);
        parts.push(String.fromCodePoint(code < 0 ? BYTE + bytes[i] : code));
        i += width;
    }
    return parts.join("");
}

/* The front of a text, at most so many UTF-16 units, that does not end within a pair of them. */
export function front(text, length) {
    const last = text.charCodeAt(length - 1);
    return text.slice(0, text.length > length && last >= 0xd800 && last < 0xdc00 ? length - 1 : length);
}
