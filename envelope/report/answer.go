package report

import (
	"encoding/json"
	"errors"
)

// Answer is what the server says to a message.
type Answer struct {
	Now      int64        `json:"now"`                // the server's time
	Error    *Problem     `json:"error,omitempty"`    // it did nothing, and why
	Keys     []Key        `json:"keys,omitempty"`     // to which devices seal, newest first
	Enrolled *Enrolled    `json:"enrolled,omitempty"` // to an Enrollment
	Taken    *Taken       `json:"taken,omitempty"`    // to a Batch and to Proofs
	Plan     *Plan        `json:"plan,omitempty"`
	Named    []Named      `json:"named,omitempty"`  // to an Introduction
	Ready    *Ready       `json:"ready,omitempty"`  // to a Wish
	Pay      *Credentials `json:"pay,omitempty"`    // to a Wallet
	Waiting  int          `json:"waiting,omitzero"` // letters that wait for the device
}

// Problem says why a message was refused.
type Problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitzero"` // JSON pointer into the body
}

// Key is a public key of the server.
type Key struct {
	Key   []byte `json:"key"`   // as envelope.ReadPublicKey has it
	Until int64  `json:"until"` // do not seal to it afterwards
}

// Enrolled tells a new device what the server calls it.
type Enrolled struct {
	Device []byte `json:"device"` // 16 octets: the device id of its messages
	Number int    `json:"number"` // its short number
	Counts int64  `json:"counts"` // when its quarantine ends
}

// Taken says what became of events.
type Taken struct {
	Events   int `json:"events"`           // that were taken
	Undated  int `json:"undated,omitzero"` // of them, whose time nobody knows: they teach nothing
	Unknown  int `json:"unknown,omitzero"` // of a device that the owner has not, or no longer: left out
	Unproven int `json:"unproven,omitzero"`
}

// Plan is what a primary does from now on.
type Plan struct {
	Name   string  `json:"name"`            // to ask later whether it is still this one
	Same   bool    `json:"same,omitzero"`   // it is the plan that the device has; the lists are left out
	Look   int     `json:"look"`            // seconds between two looks around
	Report int     `json:"report"`          // seconds between two reports
	Salt   []byte  `json:"salt,omitempty"`  // of the hashes of identifiers
	Watch  []Watch `json:"watch,omitempty"` // for whom to look
	Ask    []Ask   `json:"ask,omitempty"`   // questions to pass on
}

// Watch tells how to recognize a device.
type Watch struct {
	Number      int         `json:"number"`
	Kind        string      `json:"kind"`
	Identifiers []WatchName `json:"identifiers,omitempty"`
}

// WatchName is an identifier as a primary compares it: the first 16 octets of HMAC-SHA256 with the salt of the
// plan over kind ‖ 00 ‖ value; or an identity resolving key of Bluetooth as it is, which resolves addresses that rotate.
type WatchName struct {
	Kind string `json:"kind"`
	Hash []byte `json:"hash,omitempty"`
	Key  []byte `json:"key,omitempty"` // identity resolving key
}

// Ask is a question for a device with keys.
type Ask struct {
	Device int    `json:"device"`
	Nonce  []byte `json:"nonce"` // 16 octets, to be signed
	Until  int64  `json:"until"`
}

// Named tells what became of a device that was named, in the order of the message.
type Named struct {
	Number int    `json:"number"`
	Device []byte `json:"device"`         // what the server calls it, where it reports for itself
	Added  bool   `json:"new,omitzero"`   // false: it was known
	Counts int64  `json:"counts"`         // when its quarantine ends
	Class  string `json:"class,omitzero"` // how it can prove itself
}

// Ready says whether the transaction application may become active by itself.
type Ready struct {
	Ready bool   `json:"ready"`
	Until int64  `json:"until,omitzero"`
	Why   string `json:"why"` // a word: pattern, presence, unknown, …
}

// Append writes the answer.
func (a *Answer) Append(b []byte) ([]byte, error) {
	out, err := json.Marshal(a)
	return append(b, out...), err
}

// ReadAnswer reads an answer. Members that are not known are passed over.
func ReadAnswer(b []byte) (a Answer, err error) {
	if json.Unmarshal(b, &a) != nil {
		return a, errors.New("report: this is no answer")
	}
	return a, nil
}
