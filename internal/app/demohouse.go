package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	device "github.com/countersign-auth/countersign/emulator/companion"
	"github.com/countersign-auth/countersign/emulator/household"
	"github.com/countersign-auth/countersign/envelope/report"
	"github.com/countersign-auth/countersign/internal/audit"
	"github.com/countersign-auth/countersign/internal/client"
	"github.com/countersign-auth/countersign/internal/companion"
	"github.com/countersign-auth/countersign/internal/demo"
	"github.com/countersign-auth/countersign/internal/deviceserver"
	"github.com/countersign-auth/countersign/internal/interaction"
)

// The person of the demo's house: an office worker whose access point, watch, laptop and car sign.
const (
	houseSeed   = 7
	housePerson = 37
	houseDays   = 25         // that were lived before the demo began; the first three are a quarantine
	houseOwner  = "10002004" // Dario Conti
	houseFile   = "house.json"
)

// pastServer is the server as it was in the past: the same database and the same face, with a clock of
// its own. What devices tell it takes the way that it takes at any other time.
type pastServer struct {
	*App

	clock atomic.Int64 // milliseconds
	homes *companion.Desk
	desk  *interaction.Desk
	face  *http.Client
}

func (p *pastServer) now() time.Time { return time.UnixMilli(p.clock.Load()).UTC() }

// openPast opens the server at a moment of the past. close gives the database back.
func (a *App) openPast(ctx context.Context, at time.Time) (p *pastServer, closing func() error, err error) {
	p = &pastServer{App: a}
	p.clock.Store(at.UnixMilli())
	s := a.Setup
	s.Now = p.now
	d, err := s.openDB(ctx)
	if err != nil {
		return nil, nil, err
	}
	keys := &companion.Recipients{DB: d, Ring: a.Ring, Rand: a.Rand, Now: p.now}
	p.homes = &companion.Desk{DB: d, Ring: a.Ring, Policies: a.Policies, Rand: a.Rand} // nobody is told of the past
	p.desk = &interaction.Desk{DB: d, Ring: a.Ring, Policies: a.Policies, Rand: a.Rand, Secret: p.homes.Secret, Asked: p.homes.Answered}
	h, err := deviceserver.New(deviceserver.Config{
		Companions: p.homes, Recipients: keys, Interactions: p.desk, Sources: client.NewLimiter(p.now, gatewayRate),
		Now: p.now, Log: a.Log, Room: devicesAtOnce,
	})
	p.face = demo.Inside(h)
	return p, d.Close, errors.Join(err, keys.Turn(ctx))
}

// settleHouse gives a customer of the demo the devices of a household, and three weeks with them. A demo
// that has it already keeps it. The devices are written to dir, as nobody else has their keys.
func (a *App) settleHouse(ctx context.Context, dir string) (err error) {
	file := filepath.Join(dir, houseFile)
	if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	owner, err := a.Customers.GetByNumber(ctx, houseOwner)
	if err != nil {
		return err
	}
	now := a.Now().UTC()
	start := now.Truncate(24*time.Hour).AddDate(0, 0, -houseDays)
	p, closing, err := a.openPast(ctx, start)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	i, err := p.homes.Invite(ctx, audit.System("demo"), companion.Order{Customer: owner.ID}, companion.Wanted{Kind: companion.Phone})
	if err != nil {
		return err
	}
	town := &household.Town{Seed: houseSeed, Start: start, Days: houseDays + 3}
	h := &simulatedHouse{
		e: &env{ctx: ctx, now: p.now, rand: a.Rand}, person: town.Person(housePerson),
		own: map[int]*device.Device{}, number: map[int]int{}, http: p.face,
	}
	if err := h.settle("http://past", i.Code); err != nil {
		return fmt.Errorf("register the household: %w", err)
	}
	if err := p.live(ctx, h, start, now); err != nil {
		return fmt.Errorf("live with the household: %w", err)
	}
	a.Log.InfoContext(ctx, "a household has lived", slog.Int("days", houseDays), slog.Int("events", h.taken.Events), slog.Duration("took", a.Now().Sub(now)))
	b, err := json.Marshal(h.kept(start))
	if err != nil {
		return err
	}
	return os.WriteFile(file, b, 0o600)
}

// live lets the days pass. Each is reported at its end, and what is due by then is learned.
func (p *pastServer) live(ctx context.Context, h *simulatedHouse, start, now time.Time) error {
	for day := range houseDays + 1 {
		from := start.AddDate(0, 0, day)
		end := from.AddDate(0, 0, 1)
		if end.After(now) {
			end = now
		}
		p.clock.Store(end.UnixMilli())
		var batch report.Batch
		for e := range h.person.Between(from, end) {
			if e.Stamp.IsZero() {
				continue // nobody would know when it was
			}
			if len(batch.Events) > 150 || batch.Zone != e.Offset {
				if err := h.send(&batch); err != nil {
					return err
				}
			}
			batch.Zone = e.Offset
			more, err := h.translate(e)
			if err != nil {
				return err
			}
			batch.Events = append(batch.Events, more...)
		}
		if err := h.send(&batch); err != nil {
			return err
		}
		if _, err := p.desk.Learn(ctx, 1); err != nil {
			return err
		}
	}
	return nil
}

// house is what the demo keeps of a household: the memories of its devices, which have the only keys.
type house struct {
	Start   time.Time             `json:"start"`
	Phone   device.Memory         `json:"phone"`
	Own     map[int]device.Memory `json:"own"`     // by number of the person's device
	Numbers map[int]int           `json:"numbers"` // as the server numbers them
}

func (h *simulatedHouse) kept(start time.Time) house {
	k := house{Start: start, Phone: h.phone.Memory, Own: map[int]device.Memory{}, Numbers: h.number}
	for n, d := range h.own {
		k.Own[n] = d.Memory
	}
	return k
}
