package telemetry_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/countersign-auth/countersign/internal/telemetry"
)

// read returns the value of every series of the countersign_ metrics: counts
// for histograms.
func read(t *testing.T, m *telemetry.Metrics) map[string]float64 {
	t.Helper()
	families, err := m.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, f := range families {
		name, ours := strings.CutPrefix(f.GetName(), "countersign_")
		if !ours {
			continue
		}
		for _, s := range f.GetMetric() {
			key := []string{name}
			for _, l := range s.GetLabel() {
				key = append(key, l.GetName()+"="+l.GetValue())
			}
			got[strings.Join(key, " ")] = s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
		}
	}
	return got
}

func TestMetricsAreGathered(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("1.2.3")
	c := m.Counter("countersign_outcomes_total", "Outcomes.", "method", "outcome")
	c.Add(1, "token", "accepted")
	c.Add(2, "token", "accepted")
	m.Durations("countersign_step_seconds", "Steps.").Observe(3 * time.Millisecond)
	m.Gauge("countersign_queue_length", "Waiting.", func() float64 { return 7 })
	want := map[string]float64{"build_info version=1.2.3": 1, "outcomes_total method=token outcome=accepted": 3, "step_seconds": 1, "queue_length": 7}
	if got := read(t, m); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("x")
	c := m.Counter("countersign_requests_total", "Requests.", "route")
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 250 {
				c.Add(1, fmt.Sprintf("/%d/%d", g, i))
			}
		})
	}
	wg.Wait()
	series, sum := 0, 0.0
	for key, v := range read(t, m) {
		if strings.HasPrefix(key, "requests_total") {
			series, sum = series+1, sum+v
		}
	}
	if series != 257 || sum != 1000 {
		t.Errorf("%d series that count %v, want 257 that count 1000", series, sum)
	}
}

func TestSetsAreSeparate(t *testing.T) {
	t.Parallel()
	a, b := telemetry.NewMetrics("a"), telemetry.NewMetrics("b")
	a.Counter("countersign_x_total", "X.").Add(1)
	b.Counter("countersign_x_total", "X.").Add(5) // no global registry: the same name twice in one process
	if got := read(t, b)["x_total"]; got != 5 {
		t.Errorf("got %v, want 5", got)
	}
}

func TestForeignAndDoubleNamesAreMistakes(t *testing.T) {
	t.Parallel()
	m := telemetry.NewMetrics("x")
	for _, name := range []string{"x_total", "countersign_build_info"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the name %q was accepted", name)
				}
			}()
			m.Counter(name, "X.")
		}()
	}
}
