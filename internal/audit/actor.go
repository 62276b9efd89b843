package audit

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/countersign-auth/countersign/internal/ident"
)

// ActorKind says what sort of actor somebody is.
type ActorKind string

// The kinds of actors.
const (
	CustomerKind ActorKind = "customer" // acts for themselves
	StaffKind    ActorKind = "staff"    // a person of the bank
	ClientKind   ActorKind = "client"   // an application that calls us
	SystemKind   ActorKind = "system"   // a part of Countersign; it has a name and no id
)

// Actor is who does something. It is passed as an argument ("by"), never in a
// context.
type Actor struct {
	Kind ActorKind
	ID   ident.ID // zero for the system
	// Name is for the eyes of people: a login, the name of an application. It is
	// recorded for the system only, because the log keeps its actors for ever and
	// a person's name must be erasable; pages look it up by the id.
	Name string
}

// Customer is the actor for a customer who acts for themselves.
func Customer(id ident.ID) Actor { return Actor{Kind: CustomerKind, ID: id} }

// Staff is the actor for a person of the bank.
func Staff(id ident.ID, name string) Actor { return Actor{StaffKind, id, name} }

// Client is the actor for a calling application.
func Client(id ident.ID, name string) Actor { return Actor{ClientKind, id, name} }

// System is the actor for a part of Countersign that acts by itself; name says
// which part ("sealer", "outbox", "cli").
func System(name string) Actor { return Actor{Kind: SystemKind, Name: name} }

// IsZero reports whether nobody is named.
func (a Actor) IsZero() bool { return a == Actor{} }

// String returns the recorded form: "staff:" and the id, or "system:" and the
// name. ParseActor reads it.
func (a Actor) String() string {
	if a.Kind == SystemKind {
		return string(a.Kind) + ":" + a.Name
	}
	return string(a.Kind) + ":" + a.ID.String()
}

// LogValue shows the recorded form in logs.
func (a Actor) LogValue() slog.Value { return slog.StringValue(a.String()) }

// MarshalText gives the recorded form.
func (a Actor) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// ParseActor reads what String gave.
func ParseActor(s string) (Actor, error) {
	kind, rest, _ := strings.Cut(s, ":")
	switch k := ActorKind(kind); k {
	case SystemKind:
		if rest != "" {
			return System(rest), nil
		}
	case CustomerKind, StaffKind, ClientKind:
		id, err := ident.Parse(rest)
		return Actor{Kind: k, ID: id}, err
	}
	return Actor{}, fmt.Errorf("audit: %q names no actor: write customer, staff or client and an id, or system and a name, with a colon between", s)
}
