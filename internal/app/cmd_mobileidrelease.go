package app

import (
	"fmt"
	"strings"

	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/mobileid"
)

type mobileIDReleaseCmd struct {
	Except  string `placeholder:"FILE" type:"path" help:"Phone numbers that stay held, one in a line, with their country codes: of mobile IDs that were revoked or suspended, or whose SIM changed, since the backup."`
	Reason  string `required:"" help:"Why, for people, such as what was compared."`
	Preview bool   `help:"Only count."`
}

// Run ends the holds.
func (n mobileIDReleaseCmd) Run(e *env, c *cli) error {
	except := map[string]bool{}
	if n.Except != "" {
		text, err := readFile(n.Except)
		if err == nil {
			except, err = numbersIn(string(text))
		}
		if err != nil {
			return err
		}
	}
	return e.tools(c, func(a *App) error {
		met := map[string]bool{}
		done, err := a.MobileIDs.ReleaseRestored(e.ctx, audit.System("cli"), n.Reason, func(m mobileid.MobileID) bool {
			listed := except[m.Number]
			met[m.Number] = met[m.Number] || listed
			return n.Preview || listed
		})
		kept := 0
		for number := range except {
			if met[number] {
				kept++
			}
		}
		if n.Preview && err == nil {
			return e.line(fmt.Sprintf("%d would be released, %d stay held. %d numbers of the file are held by no restore.", done.Kept-kept, kept, len(except)-kept))
		}
		if said := e.line(fmt.Sprintf("%d were released, %d stay held. %d numbers of the file are held by no restore.", done.Released, done.Kept, len(except)-kept)); err == nil {
			err = said
		}
		return err
	})
}

// numbersIn reads phone numbers, one in a line.
func numbersIn(text string) (map[string]bool, error) {
	all := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		number := strings.Join(strings.Fields(line), "")
		if number == "" {
			continue
		}
		if digits, plus := strings.CutPrefix(number, "+"); !plus || len(digits) < 7 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
			return nil, hinted{fault.Invalidf("cli.numbers", "Line %d of the file is no phone number with its country code.", i+1), "Write one in each line, such as +436641234567."}
		}
		all[number] = true
	}
	return all, nil
}
