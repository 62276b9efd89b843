package risk

import (
	"encoding/base64"
	"math"
	"net/netip"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
	"github.com/countersign-auth/countersign/internal/risk/agent"
	"github.com/countersign-auth/countersign/internal/risk/likelihood"
	"github.com/countersign-auth/countersign/internal/risk/score"
)

// mac stands for a value that only needs to be compared: 16 bytes of a keyed hash.
func (d *Desk) mac(what, value string) string {
	return base64.RawURLEncoding.EncodeToString(d.Ring.MAC("risk."+what, []byte(value))[:16])
}

// gather makes the facts of a call, before the profile is asked.
func (d *Desk) gather(tx *db.Tx, kind, typ string, c *Call, items []score.Item) (f score.Facts, err error) {
	f = score.Facts{Kind: kind, Type: typ, Channel: c.Channel, Items: items}
	d.clock(&f, tx.Now)
	d.features(&f, c)
	if err := d.probed(tx, &f, c); err != nil {
		return f, err
	}
	f.Lists, err = d.hits(tx, c, items)
	if err != nil || c.Session.IsZero() {
		return f, err
	}
	s, err := find(tx, c.Customer, c.Session)
	if err != nil {
		return f, err
	}
	f.SessionSum, f.SessionMin = s.Result.Score, math.Max(0, tx.Now.Sub(s.Created).Minutes())
	return f, nil
}

// features fills in where from and with what.
func (d *Desk) features(f *score.Facts, c *Call) {
	if c.Address.IsValid() || c.Agent != "" {
		p := d.Places.Find(c.Address)
		a := agent.Read(c.Agent)
		f.Row = likelihood.Attempt{d.mac("address", c.Address.Unmap().String()), p.Network, p.Country, d.mac("agent", c.Agent), a.Browser, a.System, a.Device}
		if !c.NoConsent {
			// A tenth of a degree (11 km) is enough for travel, and is no home.
			f.City, f.Located, f.Lat, f.Lon = p.City, p.Located, math.Round(p.Latitude*10)/10, math.Round(p.Longitude*10)/10
		}
	}
	if f.NoConsent = c.NoConsent; c.NoConsent {
		return
	}
	f.Signals = c.Signals
	if c.Tag != "" {
		f.Tag = d.mac("tag", c.Tag)
	}
}

// sealLabel is the label under which addresses are sealed.
const sealLabel = "risk.address"

// seal keeps an address for analysts, until the sweep.
func (d *Desk) seal(id ident.ID, a netip.Addr) []byte {
	if !a.IsValid() {
		return nil
	}
	return d.Ring.Seal(sealLabel, id, []byte(a.Unmap().String()))
}
