# testsum.awk reads the events of "go test -json" and prints what a person wants
# to see: the line of each package, the whole output of what failed (its first
# part once more at the end), the reason of what was skipped, and how many tests passed. With -v counts=FILE it also
# writes "PASSED FAILED SKIPPED" to FILE.
#
# Tests and subtests count alike. A package that fails without a failing test
# (it does not compile, it exits, it runs out of time) counts as one failure.
# The exit code is 1 when anything failed or when no test ran.

# field returns the raw JSON string called name. Quotes inside JSON strings are
# escaped, so a test's output cannot imitate a field.
function field(name,    start) {
	if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
	start = RSTART + length(name) + 4
	return substr($0, start, RSTART + RLENGTH - start - 1)
}

function unescape(s) {
	gsub(/\\\\/, "\001", s)
	gsub(/\\n/, "\n", s); gsub(/\\t/, "\t", s); gsub(/\\r/, "", s); gsub(/\\"/, "\"", s)
	gsub(/\\u003c/, "<", s); gsub(/\\u003e/, ">", s); gsub(/\\u0026/, "\\&", s)
	gsub(/\001/, "\\", s)
	return s
}

# held prints and forgets the output kept for every unfinished test of a package.
function held(pkg,    i, key) {
	for (i = 1; i <= started[pkg]; i++) {
		key = pkg SUBSEP order[pkg, i]
		if (key in kept) { printf "%s", kept[key]; delete kept[key] }
	}
}

# reason returns the last line that a skipped test logged.
function reason(text,    lines, n) {
	n = split(text, lines, "\n")
	while (n > 0 && (lines[n] == "" || lines[n] ~ /^ *(---|===) /)) n--
	sub(/^ */, "", lines[n])
	return n > 0 ? lines[n] : "no reason given"
}

/^[^{]/ { print; next } # go itself complains outside JSON

{
	action = field("Action"); pkg = field("Package"); test = unescape(field("Test"))
	key = pkg SUBSEP test
}

action == "build-output" { printf "%s", unescape(field("Output")) }

test != "" && action == "run" { order[pkg, ++started[pkg]] = test }
test != "" && action == "output" {
	line = unescape(field("Output"))
	if (line !~ /^=== (RUN|PAUSE|CONT|NAME) /) kept[key] = kept[key] line
}
test != "" && action == "pass" { passed++; delete kept[key] }
test != "" && action == "skip" {
	skipped++; why[skipped] = pkg " " test ": " reason(kept[key]); delete kept[key]
}
test != "" && action == "fail" {
	failed++; broke[pkg]++; wrong[failed] = pkg " " test "\n" substr(kept[key], 1, 4000)
	printf "%s", kept[key]; delete kept[key]
}

test == "" && action == "output" {
	line = unescape(field("Output"))
	if (line !~ /^PASS\n?$|^FAIL\n?$|\[no test files\]|no tests to run/) printf "%s", line
	fflush()
}
test == "" && action == "fail" {
	held(pkg)
	if (!broke[pkg]) { wrong[++failed] = "FAIL\t" pkg "\twithout a failing test: see above\n"; printf "%s", wrong[failed] }
}

END {
	for (i = 1; i <= skipped; i++) print "skipped: " why[i]
	# Once more, because hundreds of lines may have followed.
	for (i = 1; i <= failed; i++) printf "failed: %s", wrong[i]
	printf "%d passed, %d failed, %d skipped here\n", passed, failed, skipped
	if (counts != "") printf "%d %d %d\n", passed, failed, skipped > counts
	exit failed > 0 || passed + failed == 0
}
