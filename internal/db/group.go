package db

import (
	"slices"
	"strings"
	"sync"
)

// group is one open transaction on PostgreSQL with its members. Members run on
// their own goroutines until each is parked at a statement or has ended; then
// the parked statements make a round: one round trip for all of them.
type group struct {
	conn    *pgConn
	members []*member

	mu      sync.Mutex
	running int           // members that are neither parked nor at their end
	parked  []parking     // who waits, and with what
	dead    bool          // the transaction will be rolled back: nobody runs anything
	still   chan struct{} // running has become 0; room for one
	begun   bool          // BEGIN was sent
}

type parking struct {
	m *member
	c *call
}

// ending says how a group's transaction ended.
type ending uint8

const (
	committed ending = iota
	broken           // rolled back because of a member; see member.err
	lost             // the connection went before the commit was sent
	unknown          // the connection went while the commit was on its way
)

// seat is a member's session.
type seat struct {
	g *group
	m *member
}

// do parks the statement until the next round.
func (s seat) do(c *call) {
	g := s.g
	g.mu.Lock()
	if g.dead {
		g.mu.Unlock()
		c.err = errSkipped
		return
	}
	g.parked = append(g.parked, parking{s.m, c})
	g.rest()
	g.mu.Unlock()
	<-s.m.wake
}

// over is called on a member's goroutine when its function has ended.
func (g *group) over(m *member) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if m.err != nil && m.dirty && !g.dead {
		g.dead, m.culprit = true, true
	}
	g.rest()
}

// rest takes one from running; g.mu is held.
func (g *group) rest() {
	if g.running--; g.running == 0 {
		g.still <- struct{}{}
	}
}

// rounds gives every member its turn and runs round after round until all have
// ended. It reports false when the connection is lost.
func (g *group) rounds() bool {
	g.running = len(g.members)
	g.still = make(chan struct{}, 1)
	for _, m := range g.members {
		m.u.turn <- turn{m: m}
	}
	alive := true
	for {
		<-g.still
		round := g.parked
		if len(round) == 0 {
			return alive
		}
		g.parked, g.running = nil, len(round)
		switch {
		case g.dead:
			for _, p := range round {
				p.c.err = errSkipped
			}
		case !g.round(round):
			alive, g.dead = false, true
		}
		for _, p := range round {
			p.m.wake <- struct{}{}
		}
	}
}

// round runs the parked statements in the order of their keys, so that groups
// of different nodes lock rows in the same order.
func (g *group) round(round []parking) bool {
	slices.SortFunc(round, func(a, b parking) int {
		return strings.Compare(string(a.m.u.key[:]), string(b.m.u.key[:]))
	})
	calls := make([]*call, 0, len(round)+1)
	if !g.begun {
		calls = append(calls, command("BEGIN"))
	}
	for _, p := range round {
		calls = append(calls, p.c)
	}
	err := g.conn.run(calls)
	g.begun = true
	refused := err == nil && g.conn.status == 'E'
	g.dead = g.dead || refused
	for _, p := range round {
		if err != nil && p.c.err == nil {
			p.c.err = err
		}
		p.m.note(p.c)
		if refused && state(p.c.err) != "" {
			p.m.culprit = true
		}
	}
	return err == nil
}

// note remembers whether the member has left anything in the transaction.
func (m *member) note(c *call) {
	if c.want != wantCount {
		m.dirty = m.dirty || !isSelect(c.sql)
		return
	}
	for _, n := range c.changed {
		m.dirty = m.dirty || n > 0
	}
}

// isSelect recognizes plain queries; anything else may have changed something.
func isSelect(sql string) bool {
	word := strings.TrimLeft(sql, " \t\r\n")
	return len(word) >= 6 && strings.EqualFold(word[:6], "SELECT")
}

func command(sql string) *call { return &call{sql: sql, own: true, args: [][]value{nil}} }
