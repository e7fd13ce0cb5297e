printf 'out häl😀o\n'
printf 'err ün\n' >&2
printf '\000\377 raw, no newline at the end'
