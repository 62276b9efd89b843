package bank

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"
)

// Paid is a payment that the bank has carried out, with the evidence that the
// customer approved it.
type Paid struct {
	ID       string    `json:"id"`
	Customer string    `json:"customer"`
	At       time.Time `json:"at"`
	Orders   []Order   `json:"orders"`
	Debit    int64     `json:"debit"` // cents of euro that left the account

	Txn       string          `json:"txn"`              // the authentication; pays for one payment
	Hash      string          `json:"payment_hash"`     // of Orders
	Device    string          `json:"device"`           // serial number of the token
	Text      bool            `json:"text,omitempty"`   // approved with a password and a text message
	Exempt    string          `json:"exempt,omitempty"` // why no code was needed; then there is no assertion
	Assertion string          `json:"assertion"`        // as it came
	Keys      json.RawMessage `json:"keys"`             // the key set of that day
}

// movement is the payment on the account.
func (p Paid) movement(day time.Time) movement {
	m := movement{At: day, Kind: "transfer", Amount: -p.Debit, More: paymentPath(p.ID, "receipt")}
	if len(p.Orders) == 1 {
		m.Party = p.Orders[0].Payee
	} else {
		m.Payees = len(p.Orders)
	}
	return m
}

// Book keeps the payments that were carried out.
type Book interface {
	// Load returns all of them, in the order in which they were added.
	Load() ([]Paid, error)
	// Add keeps one more; when it returns, a later Load has it.
	Add(p Paid) error
}

// File is a Book of one line of JSON for each payment, in a file that is made when it
// is missing.
type File string

// Load implements Book. A last line that broke off, in a crash, was never acknowledged.
func (f File) Load() (all []Paid, err error) {
	b, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for n := 1; err == nil; n++ {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if !whole {
			return all, nil
		}
		var p Paid
		if err = json.Unmarshal(line, &p); err != nil {
			err = fmt.Errorf("line %d: %w", n, err)
		}
		all, b = append(all, p), rest
	}
	return nil, fmt.Errorf("bank: the book of payments %s: %w", string(f), err)
}

// Add implements Book.
func (f File) Add(p Paid) error {
	line, err := json.Marshal(p)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(string(f), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	end, err := lastLine(file)
	if err == nil {
		_, err = file.WriteAt(append(line, '\n'), end)
	}
	return errors.Join(err, file.Sync(), file.Close())
}

// lastLine returns where the last whole line ends, and cuts off what stands behind it.
func lastLine(file *os.File) (end int64, err error) {
	b, err := io.ReadAll(file)
	if err != nil {
		return 0, err
	}
	end = int64(bytes.LastIndexByte(b, '\n') + 1)
	return end, file.Truncate(end)
}

// ledger is the book in memory. It is safe for concurrent use.
type ledger struct {
	book Book // nil: it forgets with the process

	mu   sync.Mutex
	all  []Paid
	ids  map[string]bool
	txns map[string]bool
}

// openLedger reads the book.
func openLedger(book Book) (*ledger, error) {
	l := &ledger{book: book, ids: map[string]bool{}, txns: map[string]bool{}}
	if book == nil {
		return l, nil
	}
	all, err := book.Load()
	for _, p := range all {
		l.keep(p)
	}
	return l, err
}

func (l *ledger) keep(p Paid) {
	l.all, l.ids[p.ID], l.txns[p.Txn] = append(l.all, p), true, true
}

// errNoMoney and errSpent are why a payment is not carried out.
var (
	errNoMoney = errors.New("bank: the account does not cover the payment")
	errSpent   = errors.New("bank: the authentication has paid already")
)

// pay carries a payment out, once: one that was carried out already is left as it
// is, which is no error. The account is looked at in the same moment, so two
// payments never spend the same money.
func (l *ledger) pay(p Paid, covered func(earlier []Paid) bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.ids[p.ID]:
		return nil
	case l.txns[p.Txn]:
		return errSpent
	case !covered(l.of(p.Customer)):
		return errNoMoney
	}
	if l.book != nil {
		if err := l.book.Add(p); err != nil {
			return fmt.Errorf("bank: the payment could not be written down: %w", err)
		}
	}
	l.keep(p)
	return nil
}

// paid returns the payments of a customer, oldest first.
func (l *ledger) paid(customer string) []Paid {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of(customer)
}

func (l *ledger) of(customer string) (own []Paid) {
	for _, p := range l.all {
		if p.Customer == customer {
			own = append(own, p)
		}
	}
	return own
}

// find returns a customer's payment.
func (l *ledger) find(customer, id string) (Paid, bool) {
	for _, p := range l.paid(customer) {
		if p.ID == id {
			return p, true
		}
	}
	return Paid{}, false
}
