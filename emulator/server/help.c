#include "server/help.h"

#include "server/option_rows.h"

/* "  -p, --port N" with its help; below, where that does not fit beside it. */
static void print_option(FILE *to, size_t number)
{
    enum { COLUMN = 31 };
    const struct setting *s = option_setting(number);
    char letter[] = {'-', option_letter(number), ',', ' ', '\0'};
    char left[64], standard[OPTION_DEFAULT_SIZE];
    snprintf(left, sizeof left, "%s--%s%s%s", letter[1] != '\0' ? letter : "", s->name,
             s->words[0] != '\0' ? " " : "", s->words);
    fprintf(to, "  %-*s", COLUMN, left);
    if (strlen(left) >= COLUMN)
        fprintf(to, "\n  %*s", COLUMN, "");
    option_default(number, standard);
    if (standard[0] != '\0' && s->kind != SETTING_FLAG)
        fprintf(to, "%s [%s]\n", s->help, standard);
    else
        fprintf(to, "%s\n", s->help);
}

void help_print(FILE *to)
{
    fprintf(
        to,
        "Usage: cmq-emulator [OPTION]...\n"
        "       cmq-emulator --health [URL]\n"
        "An emulator of Tencent Cloud CMQ whose time the test controls.\n\n"
        "Each option may also stand in the environment: --port as CMQ_EMULATOR_PORT, a flag\n"
        "as on or off. In brackets is the default.\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        if (i == 0 || option_group(i) != option_group(i - 1))
            fprintf(to, "\n%s:\n\n", option_heading(option_group(i)));
        print_option(to, i);
    }
    fprintf(
        to,
        "\nWhile the clock of a namespace stands, a long poll ends at its virtual deadline or\n"
        "after the same wait in real time, so that no client hangs; with --poll-time virtual\n"
        "only at the former.\n"
        "\n--credential may be given more than once; its variable has all, separated by commas "
        "or\n"
        "blanks. The namespace is what follows the last @ if it is a name of one, else "
        "default; it\n"
        "is made if it is not there. In a namespace without credentials anybody may call.\n"
        "\nExit codes: 0 stopped, 2 bad option or configuration file, 1 anything else.\n"
        "The manual page has more: man cmq-emulator, or cmq-emulator --manual | man -l -\n");
}
