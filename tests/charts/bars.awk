# Draws horizontal bars as SVG from a table of figures: awk -v scheme=light -f bars.awk FIGURES. tests/charts/draw runs it.
#
# Figures: `#KEY<TAB>TEXT` (title, note, command, decimals, line: where a line is drawn), and rows
# LABEL<TAB>KIND<TAB>VALUE[<TAB>LEAST<TAB>MOST] with KIND ours, bound or other. The bars stand in order of their values.
#
# Invariant: no text is smaller than 16 units of 480, which is 12 px on a screen of 360 px.
BEGIN {
  FS = "\t"
  width = 480; margin = 16; label_end = 170; bar_start = 180; bar_end = 394; row = 30; size = 16
  if (scheme == "dark") {
    paper = "#1d1a18"; edge = "#443b36"; ink = "#efe7de"; soft = "#b5a79c"; fill["ours"] = "#ff8a75"; fill["other"] = "#9c8f85"; fill["bound"] = "#665b53"
  } else if (scheme == "light") {
    paper = "#ffffff"; edge = "#e6dace"; ink = "#2b2320"; soft = "#6d5f57"; fill["ours"] = "#b3261e"; fill["other"] = "#7f736a"; fill["bound"] = "#b8aa9e"
  } else stop("scheme is light or dark")
}

function stop(why) { print "bars.awk: " why > "/dev/stderr"; failed = 1; exit 1 }

function escaped(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }

# A number as a reader expects it: 18076 is 18,076.
function shown(number,   text, front) {
  text = sprintf("%." decimals "f", number)
  if (decimals == 0) for (front = length(text) - 3; front > 0; front -= 3) text = substr(text, 1, front) "," substr(text, front + 1)
  return text
}

# A column of the axis.
function column(number) { return bar_start + (bar_end - bar_start) * number / largest }

function text(x, y, words, attributes) { printf "<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, attributes, escaped(words) }

# Breaks words into lines[1..n] of at most 52 letters; returns n.
function wrap(words, lines,   count, word, i, n) {
  count = split(words, word, " ")
  lines[n = 1] = word[1]
  for (i = 2; i <= count; i++)
    if (length(lines[n]) + 1 + length(word[i]) > 52) lines[++n] = word[i]
    else lines[n] = lines[n] " " word[i]
  return n
}

/^#/ { about[substr($1, 2)] = $2; next }
NF {
  if ($2 !~ /^(ours|bound|other)$/ || $3 !~ /^[0-9]+(\.[0-9]+)?$/) stop("not a row: " $0)
  if (length($1) > 17) stop("a label of more than 17 letters does not fit: " $1)
  label[++all] = $1; kind[all] = $2; value[all] = $3 + 0; least[all] = $4; most[all] = $5
  if (value[all] > largest) largest = value[all]
  if (most[all] + 0 > largest) largest = most[all] + 0
}

END {
  if (failed) exit 1
  if (!all || !largest) stop("no rows")
  for (i = 1; i <= all; i++) order[i] = i
  for (i = 2; i <= all; i++) for (j = i; j > 1 && value[order[j - 1]] > value[order[j]]; j--) { k = order[j]; order[j] = order[j - 1]; order[j - 1] = k }
  decimals = about["decimals"] + 0
  notes = wrap(about["note"], note)
  top = 58 + 22 * notes
  bottom = top + row * all
  height = bottom + 36

  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" ", width, height, width, height
  printf "role=\"img\" aria-labelledby=\"title desc\" font-family=\"system-ui, sans-serif\" font-size=\"%d\" fill=\"%s\">\n", size, ink
  printf "<title id=\"title\">%s</title>\n", escaped(about["title"])
  printf "<desc id=\"desc\">%s.", escaped(about["note"])
  for (i = 1; i <= all; i++) printf " %s: %s%s", escaped(label[order[i]]), shown(value[order[i]]), i < all ? ";" : "."
  print "</desc>"
  printf "<rect x=\"0.5\" y=\"0.5\" width=\"%d\" height=\"%d\" rx=\"12\" fill=\"%s\" stroke=\"%s\"/>\n", width - 1, height - 1, paper, edge
  text(margin, 34, about["title"], " font-size=\"20\" font-weight=\"bold\"")
  for (i = 1; i <= notes; i++) text(margin, 36 + 22 * i, note[i], " fill=\"" soft "\"")
  for (i = 1; i <= all; i++) {
    n = order[i]
    y = top + row * (i - 1)
    bold = kind[n] == "ours" ? " font-weight=\"bold\"" : ""
    text(label_end, y + 15, label[n], " text-anchor=\"end\"" bold)
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"20\" rx=\"2\" fill=\"%s\"/>\n", bar_start, y, column(value[n]) - bar_start, fill[kind[n]]
    if (most[n] > least[n]) printf "<path d=\"M%.1f %dH%.1fM%.1f %dv8M%.1f %dv8\" stroke=\"%s\" stroke-width=\"1.5\"/>\n", \
      column(least[n]), y + 10, column(most[n]), column(least[n]), y + 6, column(most[n]), y + 6, ink
    text(width - margin, y + 15, shown(value[n]), " text-anchor=\"end\"" bold)
  }
  if (about["line"] != "") printf "<path d=\"M%.1f %dV%d\" stroke=\"%s\" stroke-dasharray=\"3 3\"/>\n", \
    column(about["line"]), top - 4, bottom - 6, soft
  text(margin, bottom + 18, "Figures of " about["command"], " fill=\"" soft "\"")
  print "</svg>"
}
