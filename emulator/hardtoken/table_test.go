package hardtoken_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/emulator/hardtoken"
)

// ways says how to come to each phase on a new token, "+" being a power-off. The
// PIN is 2580.
func ways() map[string]string {
	const locking = "L2580E2580E+L1111E1111E1111E1111E1111E"
	return map[string]string{
		"off": "L2580E2580E+", "new_pin": "L", "repeat_pin": "L2580E", "ask_pin": "L2580E2580E+L",
		"ask": "L2580E2580ER", "entry": "L2580E2580ES", "entry_2": "L2580E2580ES12E", "entry_3": "L2580E2580ES12E34E",
		"show": "L2580E2580E", "info": "L2580E2580EI", "locked": locking, "unlock": locking + "E", "ready": locking + "Eu2580E2580E",
	}
}

// play presses keys; "+" waits a minute, "u" types the unlock code and OK.
func play(t *testing.T, tok *hardtoken.Token, w *watch, keys string) {
	t.Helper()
	for _, k := range keys {
		switch k {
		case '+':
			w.advance(time.Minute)
			tok.Display()
		case 'u':
			press(t, tok, unlockCode(t, tok.Display().Challenge)+"E")
		default:
			press(t, tok, string(k))
		}
	}
}

// row names the row of the table that a token is in.
func row(tok *hardtoken.Token) string {
	s := tok.State()
	if s.Phase == hardtoken.Entry && len(s.Entries) > 0 {
		return "entry_" + string(rune('1'+len(s.Entries)))
	}
	return string(s.Phase)
}

// TestTheTableOfStates tries every cell of the table in the package comment.
func TestTheTableOfStates(t *testing.T) {
	t.Parallel()
	table := documented(t)
	rows := map[string]bool{}
	for _, line := range table {
		rows[line[0]] = true
		for i, press := range []string{"L", "I", "7", "E", "2580E", "C", "7C", "+"} {
			if line[i+1] == "-" {
				continue
			}
			t.Run(line[0]+" "+press, func(t *testing.T) {
				t.Parallel()
				tok, w := take(t, "k300", key20)
				play(t, tok, w, ways()[line[0]])
				if got := row(tok); got != line[0] {
					t.Fatalf("%s leads to %s", ways()[line[0]], got)
				}
				switch {
				case press == "2580E" && line[0] == "ask":
					press = "25802580E"
				case press == "2580E" && line[0] == "unlock":
					press = "u"
				}
				play(t, tok, w, press)
				if got := row(tok); got != line[i+1] {
					t.Errorf("leads to %s, the table says %s", got, line[i+1])
				}
			})
		}
	}
	for _, p := range hardtoken.Phases() {
		if !rows[string(p)] {
			t.Errorf("the table has no row for %s", p)
		}
	}
}

// documented reads the table from the package comment.
func documented(t *testing.T) (rows [][]string) {
	t.Helper()
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "//\tphase ")
	_, rest, _ = strings.Cut(rest, "\n")
	for line := range strings.Lines(rest) {
		cells := strings.Fields(strings.TrimPrefix(line, "//"))
		if len(cells) == 0 {
			break
		}
		if len(cells) != 9 {
			t.Fatalf("a row of the table has %d cells: %s", len(cells), line)
		}
		rows = append(rows, cells)
	}
	if len(rows) < 12 {
		t.Fatalf("the table has %d rows", len(rows))
	}
	return rows
}
