#include "server/completion.h"

#include "server/option_rows.h"

enum operand { OPERAND_NONE, OPERAND_ANY, OPERAND_FILE, OPERAND_FOLDER, OPERAND_CHOICE };

static enum operand operand_of(size_t number)
{
    const struct setting *s = option_setting(number);
    if (s->kind == SETTING_WORD || s->kind == SETTING_FLAG)
        return OPERAND_CHOICE;
    if (strcmp(s->words, "FILE") == 0)
        return OPERAND_FILE;
    if (strcmp(s->words, "DIR") == 0)
        return OPERAND_FOLDER;
    return option_value(number) == OPTION_HAS_NO_VALUE ? OPERAND_NONE : OPERAND_ANY;
}

static const char *words_of(size_t number)
{
    const struct setting *s = option_setting(number);
    return s->kind == SETTING_FLAG ? "on|off" : s->words;
}

/* "text json off" for "text|json|off". */
static void print_choices(FILE *to, size_t number)
{
    for (const char *c = words_of(number); *c != '\0'; c++)
        fputc(*c == '|' ? ' ' : *c, to);
}

/* ---- bash ---- */

/* Each option with what can follow it. One whose value may be left out has it behind a "=". */
static void print_bash_option(FILE *to, size_t number)
{
    char letter[] = {'-', option_letter(number), ' ', '|', ' ', '\0'};
    enum operand operand = operand_of(number);
    if (operand == OPERAND_NONE)
        return;
    fprintf(to, "    %s--%s) ", letter[1] != '\0' ? letter : "", option_setting(number)->name);
    if (option_value(number) == OPTION_MAY_HAVE_VALUE)
        fprintf(to, "[[ $equals ]] || option=; ");
    if (operand == OPERAND_CHOICE) {
        fprintf(to, "choices='");
        print_choices(to, number);
        fprintf(to, "' ");
    }
    if (operand == OPERAND_FILE)
        fprintf(to, "action=-f fallback=default ");
    if (operand == OPERAND_FOLDER)
        fprintf(to, "action=-d fallback=dirnames ");
    fprintf(to, ";;\n");
}

/* Files are left to the shell's own completion, which handles quotes and ~. */
static void print_bash(FILE *to)
{
    fprintf(to,
            "# Completions for bash, with or without the package bash-completion.\n"
            "\n"
            "_cmq_emulator()\n"
            "{\n"
            "    local IFS=$' \\t\\n' prefix='' equals='' choices='' action='' fallback=''\n"
            "    local word=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}\n"
            "\n"
            "    # \"=\" is a word of its own, unless it was taken out of COMP_WORDBREAKS.\n"
            "    if [[ $word == --*=* ]]; then\n"
            "        equals=1 prefix=${word%%%%=*}= option=${word%%%%=*} word=${word#*=}\n"
            "    elif [[ $word == \"=\" ]]; then\n"
            "        equals=1 word=\n"
            "    elif [[ $option == \"=\" ]]; then\n"
            "        equals=1 option=${COMP_WORDS[COMP_CWORD - 2]}\n"
            "    fi\n"
            "\n"
            "    case $option in\n");
    for (size_t i = 0; i < OPTIONS; i++)
        print_bash_option(to, i);
    fprintf(to, "    *) option= ;;\n"
                "    esac\n"
                "    [[ $option || $equals ]] || choices='");
    for (size_t i = 0; i < OPTIONS; i++)
        fprintf(to, "%s--%s", i > 0 ? "\n        " : "", option_setting(i)->name);
    fprintf(to,
            "'\n"
            "\n"
            "    COMPREPLY=()\n"
            "    if [[ $choices ]]; then\n"
            "        mapfile -t COMPREPLY < <(compgen -W \"$choices\" -P \"$prefix\" -- "
            "\"$word\")\n"
            "    elif [[ $action && $prefix ]]; then\n"
            "        compopt -o filenames -o nospace\n"
            "        mapfile -t COMPREPLY < <(compgen $action -P \"$prefix\" -- \"$word\")\n"
            "    elif [[ $action ]]; then\n"
            "        compopt -o $fallback\n"
            "    fi\n"
            "}\n"
            "\n"
            "complete -F _cmq_emulator cmq-emulator\n");
}

/* ---- zsh ---- */

/* Within single quotes, with a backslash before each of the special characters. */
static void print_zsh_text(FILE *to, const char *text, const char *special)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\'')
            fprintf(to, "'\\''");
        else
            fprintf(to, strchr(special, *c) != NULL ? "\\%c" : "%c", *c);
    }
}

/* What _arguments() puts behind the name: "=" for a value in the same or the next word, "=-" for
 * one in the same word, if at all. */
static void print_zsh_operand(FILE *to, size_t number)
{
    static const char *const actions[] = {
        [OPERAND_ANY] = " ", [OPERAND_FILE] = "_files", [OPERAND_FOLDER] = "_files -/"};
    enum operand operand = operand_of(number);
    if (operand == OPERAND_NONE)
        return;
    fprintf(to, option_value(number) == OPTION_MAY_HAVE_VALUE ? "::" : ":");
    print_zsh_text(to, words_of(number), "\\:");
    if (operand != OPERAND_CHOICE) {
        fprintf(to, ":%s", actions[operand]);
        return;
    }
    fprintf(to, ":(");
    print_choices(to, number);
    fprintf(to, ")");
}

static void print_zsh_option(FILE *to, size_t number)
{
    const struct setting *s = option_setting(number);
    char letter = option_letter(number);
    bool flag = s->kind == SETTING_FLAG;
    const char *sign = flag ? "=-" : operand_of(number) != OPERAND_NONE ? "=" : "";
    fprintf(to, "        '");
    if (number >= SETTINGS && number != OPTION_HEALTH)
        fprintf(to, "(- *)"); /* nothing goes with it */
    else if (letter != '\0')
        fprintf(to, "(-%c --%s)", letter, s->name);
    else if (s->kind == SETTING_LIST)
        fprintf(to, "*");
    if (letter != '\0')
        fprintf(to, "'{-%c%s,--%s%s}'", letter, sign[0] != '\0' ? "+" : "", s->name, sign);
    else
        fprintf(to, "--%s%s", s->name, sign);
    fprintf(to, "[");
    print_zsh_text(to, s->help, "\\:[]");
    fprintf(to, "]");
    print_zsh_operand(to, number);
    fprintf(to, number + 1 < OPTIONS ? "' \\\n" : "'\n");
}

static void print_zsh(FILE *to)
{
    fprintf(to,
            "#compdef cmq-emulator\n"
            "# Completions for zsh, as _cmq-emulator in a folder of $fpath, or to be sourced.\n"
            "\n"
            "_cmq-emulator() {\n"
            "    _arguments -s \\\n");
    for (size_t i = 0; i < OPTIONS; i++)
        print_zsh_option(to, i);
    fprintf(to, "}\n"
                "\n"
                "if [[ $funcstack[1] == _cmq-emulator ]]; then\n"
                "    _cmq-emulator \"$@\"\n"
                "else\n"
                "    compdef _cmq-emulator cmq-emulator\n"
                "fi\n");
}

/* ---- fish ---- */

static void print_fish_option(FILE *to, size_t number)
{
    const struct setting *s = option_setting(number);
    fprintf(to, "complete -c cmq-emulator -l %s", s->name);
    if (option_letter(number) != '\0')
        fprintf(to, " -s %c", option_letter(number));
    if (option_value(number) == OPTION_HAS_VALUE)
        fprintf(to, operand_of(number) == OPERAND_FILE ? " -r -F" : " -x");
    if (operand_of(number) == OPERAND_FOLDER)
        fprintf(to, " -a '(__fish_complete_directories)'");
    if (s->kind == SETTING_WORD) {
        fprintf(to, " -a '");
        print_choices(to, number);
        fprintf(to, "'");
    }
    fprintf(to, " -d '");
    for (const char *c = s->help; *c != '\0'; c++)
        fprintf(to, *c == '\'' || *c == '\\' ? "\\%c" : "%c", *c);
    fprintf(to, "'\n");
}

static void print_fish(FILE *to)
{
    fprintf(to, "# Completions for fish.\n"
                "\n"
                "complete -c cmq-emulator -f\n");
    for (size_t i = 0; i < OPTIONS; i++)
        print_fish_option(to, i);
}

void completion_print(FILE *to, enum shell shell)
{
    static void (*const printers[])(FILE *) = {
        [SHELL_BASH] = print_bash, [SHELL_ZSH] = print_zsh, [SHELL_FISH] = print_fish};
    printers[shell](to);
}
