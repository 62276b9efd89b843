package mobileid

import (
	"encoding/base32"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/countersign-auth/countersign/internal/db"
	"github.com/countersign-auth/countersign/internal/ident"
)

// personPrefix begins every serial number of a person.
const personPrefix = "MIDCS"

// personLength is the length of a person's serial number: relying parties expect it.
const personLength = 16

// person returns the serial number of a customer, who gets one when there is none. It stands in
// the certificates, and is the same for all numbers and all cards, for ever: it is computed
// from the customer's id with a key of the installation, and counts up in the rare case that
// somebody else has the same.
func (d *Desk) person(tx *db.Tx, customer ident.ID) (string, error) {
	serial, found, err := Person(tx, customer)
	if err != nil || found {
		return serial, err
	}
	const draws = 8
	for n := range uint32(draws) {
		_, err := tx.Exec("INSERT INTO mobile_person (customer, serial, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", customer, d.personSerial(customer, n), tx.Now)
		if err != nil {
			return "", err
		}
		if serial, found, err = Person(tx, customer); err != nil || found {
			return serial, err
		}
	}
	return "", errors.New("mobileid: no serial number is free")
}

func (d *Desk) personSerial(customer ident.ID, n uint32) string {
	sum := d.Ring.MAC(personLabel, customer[:], binary.BigEndian.AppendUint32(nil, n))
	return personPrefix + base32.StdEncoding.EncodeToString(sum)[:personLength-len(personPrefix)]
}

// Person returns the serial number that a customer has; false when they never had a mobile ID.
func Person(tx *db.Tx, customer ident.ID) (serial string, found bool, err error) {
	err = tx.Row("SELECT serial FROM mobile_person WHERE customer = $1", customer).Scan(&serial)
	if errors.Is(err, db.ErrNoRow) {
		return "", false, nil
	}
	return serial, err == nil, err
}

// byPerson returns the customer who has a serial number.
func byPerson(tx *db.Tx, serial string) (customer ident.ID, found bool, err error) {
	err = tx.Row("SELECT customer FROM mobile_person WHERE serial = $1", strings.ToUpper(strings.TrimSpace(serial))).Scan(&customer)
	if errors.Is(err, db.ErrNoRow) {
		return customer, false, nil
	}
	return customer, err == nil, err
}
