package console

import (
	"context"
	"sync"
	"time"

	"github.com/countersign-auth/countersign/internal/token"
)

// Ages of the figures of the stock: they are shown as they are, or shown while
// they are counted anew, or counted first. Counting a million tokens takes about
// 200 ms, which is longer than a page should.
const (
	figuresFresh = 20 * time.Second
	figuresKept  = 5 * time.Minute
)

// figures keeps the last counts of the stock.
type figures struct {
	mu       sync.Mutex
	shelf    token.Shelf
	counting bool // behind a request
}

// shelf returns the stock in figures. Figures that nobody asked for lately are
// counted by one request while others wait for it.
func (c *console) shelf(ctx context.Context) (token.Shelf, error) {
	f := &c.figure
	f.mu.Lock()
	defer f.mu.Unlock()
	age := c.Now().Sub(f.shelf.At)
	if f.shelf.At.IsZero() || age < 0 || age >= figuresKept {
		s, err := c.Tokens.Shelf(ctx)
		if err == nil {
			f.shelf = s
		}
		return s, err
	}
	if age >= figuresFresh && !f.counting {
		f.counting = true
		c.Go(c.count)
	}
	return f.shelf, nil
}

// count replaces the figures.
func (c *console) count(ctx context.Context) {
	s, err := c.Tokens.Shelf(ctx)
	f := &c.figure
	f.mu.Lock()
	defer f.mu.Unlock()
	f.counting = false
	if err == nil && s.At.After(f.shelf.At) {
		f.shelf = s
	}
}

// recount forgets the figures, after an import.
func (c *console) recount() {
	c.figure.mu.Lock()
	defer c.figure.mu.Unlock()
	c.figure.shelf = token.Shelf{}
}
