package token

import (
	"context"
	"slices"

	"github.com/countersign-auth/countersign/internal/customer"
	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/device"
	"github.com/countersign-auth/countersign/internal/ident"
)

// Item is a token with what is inside it, seeds excepted.
type Item struct {
	Device device.Device
	Keys   []Key
	Owner  string // the customer's number; "" for a token in stock
}

// BySerial returns all tokens with a serial number as typed, by manufacturer:
// usually none or one.
func (t *Tokens) BySerial(ctx context.Context, serial string) ([]Item, error) {
	return t.items(ctx, func(tx *db.Tx) ([]device.Device, error) { return device.BySerial(tx, serial) })
}

// OfCustomer returns a customer's tokens, oldest first. Phones with a token in an
// application are not among them: they are package mobiletoken's.
func (t *Tokens) OfCustomer(ctx context.Context, customerID ident.ID) ([]Item, error) {
	return t.items(ctx, func(tx *db.Tx) ([]device.Device, error) {
		all, err := device.OfCustomer(tx, customerID)
		return slices.DeleteFunc(all, func(d device.Device) bool { return d.Kind != device.Token }), err
	})
}

func (t *Tokens) items(ctx context.Context, find func(*db.Tx) ([]device.Device, error)) (all []Item, err error) {
	err = t.db.Read(ctx, func(tx *db.Tx) error {
		devices, err := find(tx)
		if err != nil {
			return err
		}
		all = make([]Item, 0, len(devices))
		for _, d := range devices {
			if d.Kind != device.Token {
				continue
			}
			it := Item{Device: d}
			if it.Keys, err = KeysOf(tx, d.ID); err != nil {
				return err
			}
			if it.Owner, err = owner(tx, d.Customer); err != nil {
				return err
			}
			all = append(all, it)
		}
		return nil
	})
	return all, err
}

func owner(tx *db.Tx, id ident.ID) (string, error) {
	if id.IsZero() {
		return "", nil
	}
	c, _, err := customer.Find(tx, id)
	return c.Number, err
}
