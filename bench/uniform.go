package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"slices"
	"time"

	"github.com/countersign-auth/countersign/bench/figure"
	"github.com/countersign-auth/countersign/bench/load"
	"github.com/countersign-auth/countersign/bench/rig"
	"github.com/countersign-auth/countersign/internal/db"
)

// Class is how long refusals of one class took, compared with wrong codes.
type Class struct {
	Median float64 `json:"median_us"`
	IQR    float64 `json:"iqr_us"`   // the middle half of all lies within
	Shift  float64 `json:"shift"`    // of the median, in interquartile ranges of wrong codes
	Above  float64 `json:"above"`    // how often a refusal of this class takes longer than one for a wrong code; 0.5 says nothing
	Needed float64 `json:"attempts"` // attempts after which somebody who only has a clock knows the class
}

// uniform compares the time of refusals that customers must not be able to tell
// apart (invariant 4).
func (b *bench) uniform(ctx context.Context) (*Scenario, error) {
	found := map[string]map[rig.Class]Class{}
	s := &Scenario{
		Name: "uniform: the time of a refusal, over HTTP, on one connection", Data: found,
		Head: []string{"DATABASE", "REFUSED BECAUSE", "MEDIAN US", "IQR US", "SHIFT / IQR", "LONGER THAN WRONG", "ATTEMPTS TO TELL"},
		Notes: []string{
			"attempts to tell: refusals of the class, and as many of wrong codes, that a test of ranks needs to find the difference with 80 % power at 5 % error, on this machine without any network",
		},
	}
	for _, d := range b.rig.Dialects() {
		times, err := b.refusals(ctx, d)
		if err != nil {
			return nil, err
		}
		found[d.String()] = judge(times)
		uniformReport(s, d, found[d.String()])
	}
	return s, nil
}

// refusals measures each class equally often, in random order.
func (b *bench) refusals(ctx context.Context, d db.Dialect) (times map[rig.Class][]float64, err error) {
	each := min(max(b.Tokens/8, 1), 1500)
	store, p, err := b.filled(ctx, d, each*len(rig.Classes()))
	if err != nil {
		return nil, err
	}
	if err := store.Divide(ctx, p, each); err != nil {
		return nil, err
	}
	n, err := store.Start(ctx, rig.NodeOptions{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Stop(), store.Drop(ctx)) }()
	c, err := load.Dial(n.API, time.Minute)
	if err != nil {
		return nil, err
	}
	defer c.Close() //nolint:errcheck // nothing is lost
	times = map[rig.Class][]float64{}
	request := load.Post(n.API, authentications, n.Bearer, []byte(body))
	for i := range each {
		for _, k := range shuffled(len(rig.Classes())) {
			took, err := b.refusal(c, request, p.Member(k, each, i), p.WrongCode(k*each+i))
			if err != nil {
				return nil, err
			}
			if i >= each/10 { // the first are warming up
				times[rig.Classes()[k]] = append(times[rig.Classes()[k]], took)
			}
		}
	}
	return times, nil
}

// refusal is one request; microseconds.
func (b *bench) refusal(c *load.Conn, request *load.Request, number, code string) (float64, error) {
	text := request.Fill(nil, []byte(number), []byte(code))
	begin := b.now()
	status, answer, err := c.Ask(text)
	took := b.now().Sub(begin)
	switch {
	case err != nil:
		return 0, err
	case status != http.StatusCreated || !bytes.Contains(answer, []byte(`"accepted":false`)):
		return 0, fmt.Errorf("a refusal was answered with %d %.300s", status, answer)
	}
	return float64(took.Nanoseconds()) / 1000, nil
}

// shuffled are the numbers 0 to n-1 in random order.
func shuffled(n int) []int {
	all := make([]int, n)
	for i := range all {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			panic(err) // there is no randomness
		}
		k := int(j.Int64())
		all[i], all[k] = all[k], i
	}
	return all
}

func judge(times map[rig.Class][]float64) map[rig.Class]Class {
	all := map[rig.Class]Class{}
	wrong := times[rig.Wrong]
	iqr := figure.Quantile(wrong, 0.75) - figure.Quantile(wrong, 0.25)
	for c, t := range times {
		above := figure.Above(t, wrong)
		all[c] = Class{figure.Median(t), figure.Quantile(t, 0.75) - figure.Quantile(t, 0.25), (figure.Median(t) - figure.Median(wrong)) / iqr, above, figure.Needed(above)}
	}
	return all
}

func uniformReport(s *Scenario, d db.Dialect, all map[rig.Class]Class) {
	var worst []float64
	for _, c := range rig.Classes() {
		x := all[c]
		if c == rig.Wrong {
			s.row(d, c, x.Median, x.IQR, "", "", "")
			continue
		}
		worst = append(worst, math.Abs(x.Shift))
		s.row(d, c, x.Median, x.IQR, x.Shift, x.Above, fmt.Sprintf("%.0f", x.Needed))
	}
	s.goal(d.String()+": largest shift of a median / IQR", "<=", 0.25, figure.Spread{Median: slices.Max(worst), Low: slices.Min(worst), High: slices.Max(worst), Rounds: worst})
}
