package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/fault"
	"github.com/countersign-auth/countersign/internal/token"
)

type tokenShowCmd struct {
	Serial string `arg:"" help:"Serial number, as on the token."`
	JSON   bool   `name:"json" help:"Print JSON."`
}

// Run shows every token with the serial number.
func (t tokenShowCmd) Run(e *env, c *cli) error {
	return e.tools(c, func(a *App) error {
		items, err := a.Tokens.BySerial(e.ctx, t.Serial)
		if err != nil {
			return err
		}
		if len(items) == 0 {
			return fault.NotFoundf("app.serial", "There is no token with the serial number %s.", t.Serial)
		}
		if t.JSON {
			return e.json(items)
		}
		for _, it := range items {
			if err := t.print(e, it); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t tokenShowCmd) print(e *env, it token.Item) error {
	d := it.Device
	if err := e.line(fmt.Sprintf("%s  %s  model %s  %s  owner %s", d.Serial, d.Manufacturer, d.Model, d.Status, it.Owner)); err != nil {
		return err
	}
	tab := e.table("KEY", "USE", "ALGORITHM", "DIGITS", "NEXT", "DRIFT", "USES", "LAST USED")
	for _, k := range it.Keys {
		name := string(k.Algorithm) + " " + k.Hash.String()
		if k.Suite != "" {
			name = k.Suite
		}
		tab.row(k.KeyID, string(k.Usage), name, strconv.Itoa(k.Digits), strconv.FormatInt(k.Next, 10), strconv.Itoa(k.Drift), strconv.FormatInt(k.Uses, 10), stamp(k.Used))
	}
	return tab.flush()
}

// stamp writes a time for people; nothing for never.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// oneDevice finds the one device with a serial number.
func (a *App) oneDevice(ctx context.Context, serial string) (dev device.Device, err error) {
	err = a.DB.Read(ctx, func(tx *db.Tx) error {
		all, err := device.BySerial(tx, serial)
		switch {
		case err != nil:
			return err
		case len(all) == 0:
			return fault.NotFoundf("app.serial", "There is no token with the serial number %s.", serial)
		case len(all) > 1:
			return fault.Conflictf("app.serial", "%d manufacturers have a token with the serial number %s.", len(all), serial)
		}
		dev = all[0]
		return nil
	})
	return dev, err
}
