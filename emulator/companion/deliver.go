package companion

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/countersign-auth/countersign/envelope"
	"github.com/countersign-auth/countersign/envelope/report"
)

// How a device waits that gets no answer.
const (
	firstWait = time.Second
	mostWait  = time.Minute
	mostTries = 12
)

// deliver sends the last message until it is answered: the same octets, so that it has one effect however often
// it arrives. A device without [Device.Wait] tries once.
func (d *Device) deliver(ctx context.Context) (a report.Answer, err error) {
	for n := range mostTries {
		a, err = d.Again(ctx)
		wait := pause(err, n)
		if wait == 0 || d.Wait == nil || n == mostTries-1 {
			return a, err
		}
		if stop := d.Wait(ctx, wait); stop != nil {
			return a, errors.Join(err, stop)
		}
	}
	return a, err
}

// pause says how long to wait after a failure; 0 where it would not help. What the server asks for is the least;
// without a word of it the time doubles.
func pause(err error, tries int) time.Duration {
	own := min(firstWait<<tries, mostWait)
	var r *Refusal
	var lost *url.Error
	switch {
	case errors.As(err, &r) && r.Wait > 0:
		return r.Wait
	case errors.As(err, &r) && r.Status >= http.StatusInternalServerError:
		return own
	case errors.As(err, &lost):
		return own
	}
	return 0
}

// Resume sends the last message that was not answered, as a device does that has a connection again.
func (d *Device) Resume(ctx context.Context) (report.Answer, error) { return d.deliver(ctx) }

// Post seals a body of any content, and sends it as a report.
func (d *Device) Post(ctx context.Context, body []byte) (report.Answer, error) {
	if err := d.Seal(ctx, envelope.Report, body); err != nil {
		return report.Answer{}, err
	}
	return d.deliver(ctx)
}
