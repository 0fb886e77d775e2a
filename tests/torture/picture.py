"""Curves over time, as an SVG that can be read in light and in dark."""

STYLE = """
  svg { font: 12px system-ui, sans-serif; --ink: #24292f; --faint: #d0d7de; --line: #0969da; }
  @media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --faint: #30363d; --line: #58a6ff; } }
  text { fill: var(--ink); } .axis { stroke: var(--faint); }
  polyline { fill: none; stroke: var(--line); stroke-width: 1.5; }"""
WIDTH, HEIGHT, LEFT, GAP = 800, 110, 70, 50


def svg(title, times, curves):
    """curves: pairs of a label and a value for each time, in seconds."""
    total = len(curves) * (HEIGHT + GAP) + GAP
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img">'
        % (WIDTH + LEFT + 20, total),
        "<title>%s</title><style>%s\n</style>" % (title, STYLE),
        '<text x="%d" y="20" font-weight="bold">%s</text>' % (LEFT, title),
    ]
    for i, (label, values) in enumerate(curves):
        out += panel(GAP + i * (HEIGHT + GAP), label, times, values)
    return "\n".join(out + ["</svg>", ""])


def panel(top, label, times, values):
    most = max(values + [1e-9]) * 1.1
    span = max(times[-1], 1e-9)
    points = " ".join(
        "%.1f,%.1f" % (LEFT + WIDTH * t / span, top + HEIGHT * (1 - v / most))
        for t, v in zip(times, values)
    )
    yield '<text x="%d" y="%d">%s</text>' % (LEFT, top - 6, label)
    for part in (0, 0.5, 1):
        y = top + HEIGHT * (1 - part / 1.1)
        yield '<path class="axis" d="M%d %.1f h%d"/>' % (LEFT, y, WIDTH)
        yield '<text x="%d" y="%.1f" text-anchor="end">%.4g</text>' % (
            LEFT - 8,
            y + 4,
            most / 1.1 * part,
        )
    yield '<polyline points="%s"/>' % points
    for part in (0, 0.5, 1):
        yield '<text x="%d" y="%d" text-anchor="middle">%s</text>' % (
            LEFT + WIDTH * part,
            top + HEIGHT + 16,
            clock(span * part),
        )


def clock(seconds):
    return "%d:%02d min" % divmod(round(seconds), 60)
