package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"log/slog"

	"github.com/countersign-auth/countersign/emulator/simcard"
	"github.com/countersign-auth/countersign/internal/sim"
)

// SIMStore is the file, in the demo's directory for the lab, in which the SIM cards are kept. Only their
// own process opens it once they are made.
const SIMStore = "sims.json"

// sims has SIM cards made for all phones, and imports the file that their maker delivers. The PUKs go out
// by letter: they are in the facts and nowhere else.
func (x *filling) sims(ctx context.Context) error {
	if x.Cards == nil {
		return nil
	}
	tray, err := simcard.Open(simcard.TrayConfig{Now: x.Now, Rand: x.Rand, File: x.CardFile})
	if err != nil {
		return err
	}
	var all []*simcard.Memory
	card := func(number, label string) (puk string, err error) {
		m, puk, err := simcard.Make(x.Rand, simcard.Order{Number: number, Label: label})
		if err != nil {
			return "", err
		}
		all = append(all, m)
		return puk, tray.Add(m)
	}
	for i := range x.facts.Customers {
		if c := &x.facts.Customers[i]; c.Phone != "" {
			if c.PUK, err = card(c.Phone, c.Name); err != nil {
				return err
			}
		}
	}
	for _, number := range []string{SparePhone, "", ""} { // the last two are for phones that get a new card
		if _, err := card(number, "on the desk"); err != nil {
			return err
		}
	}
	var file bytes.Buffer
	transport := sha256.Sum256(append([]byte("card maker"), x.facts.Secret...))
	if err := simcard.WriteWrapped(&file, transport[:], all...); err != nil {
		return err
	}
	sum, err := x.Cards.ImportFile(ctx, by, sim.Import{Name: "demo-sims.csv", Transport: transport[:], Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(file.Bytes())), nil }})
	if err != nil {
		return err
	}
	x.Log.InfoContext(ctx, "SIM cards were imported", slog.Int64("cards", sum.Cards))
	return nil
}
