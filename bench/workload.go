package main

import (
	"bytes"
	"net/http"

	"github.com/countersign-auth/countersign/bench/load"
	"github.com/countersign-auth/countersign/bench/rig"
)

// body is the request of a login with its first proof; the holes are customer
// number and code.
const body = `{"customer_number":"` + "\x00\x00\x00\x00\x00\x00\x00\x00\x00" + `","purpose":"login","channel":"web","proof":{"code":"` + "\x00\x00\x00\x00\x00\x00" + `"}}`

// paymentBody is the request of a payment with its signature.
const paymentBody = `{"customer_number":"` + "\x00\x00\x00\x00\x00\x00\x00\x00\x00" + `","purpose":"payment","channel":"web","payment":` + rig.PaymentJSON +
	`,"proof":{"code":"` + "\x00\x00\x00\x00\x00\x00\x00\x00" + `"}}`

const authentications = "/v1/authentications"

// workload is what a load consists of; code makes what fills the second hole.
type workload struct {
	body   string
	status int
	part   string // what the answer must contain
	code   func(*rig.Population, []byte, int) []byte
}

// The workloads that are compared. All of them send the same bytes but for the
// purpose, with a customer's number and the next code of their token.
func verifies() workload {
	return workload{body, http.StatusCreated, `"accepted":true`, (*rig.Population).Code}
}

// trivial asks for a purpose that no journey has: the same server, listener, mux,
// authentication, limits, strict decoding, log and metrics answer without the
// domain and the database.
func trivial() workload {
	return workload{string(bytes.Replace([]byte(body), []byte("login"), []byte("xxxxx"), 1)), http.StatusUnprocessableEntity, `"authentication.journey"`, (*rig.Population).Peek}
}

// plain is answered by the plain server of package rig.
func plain() workload {
	return workload{body, http.StatusCreated, `"accepted":true`, (*rig.Population).Peek}
}

// pays is a payment with its signature; the answer brings an assertion.
func pays() workload {
	return workload{paymentBody, http.StatusCreated, `"assertion":"`, (*rig.Population).Signature}
}

// crowd goes through the customers of a population: each connection has its own
// share of them, in a scattered order, and goes on where it stopped.
type crowd struct {
	*rig.Population
	at []int // position of each connection in its share
}

func newCrowd(p *rig.Population, connections int) *crowd {
	return &crowd{p, make([]int, connections)}
}

// member is one connection's share of the crowd.
type member struct {
	*crowd
	workload
	conn, share, stride int
	request             *load.Request
	number, code        []byte
}

// source gives connection conn its requests.
func (c *crowd) source(w workload, n *rig.Node) func(conn int) load.Source {
	return func(conn int) load.Source {
		share := (c.N - conn + len(c.at) - 1) / len(c.at)
		return &member{crowd: c, workload: w, conn: conn, share: share, stride: scatter(share), request: load.Post(n.API, authentications, n.Bearer, []byte(w.body))}
	}
}

// scatter is a stride that visits each of n places once before it comes back.
func scatter(n int) int {
	s := max(n*618/1000, 1)
	for gcd(s, n) != 1 {
		s++
	}
	return s
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// Next implements load.Source.
func (m *member) Next(b []byte) []byte {
	i := m.conn + m.at[m.conn]*len(m.at)
	m.at[m.conn] = (m.at[m.conn] + m.stride) % m.share
	m.number = m.Number(m.number, i)
	m.code = m.workload.code(m.Population, m.code, i)
	return m.request.Fill(b, m.number, m.code)
}

// Check implements load.Source.
func (m *member) Check(status int, body []byte) bool {
	return status == m.status && bytes.Contains(body, []byte(m.part))
}
