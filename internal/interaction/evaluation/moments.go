package evaluation

import (
	"slices"

	"github.com/countersign-auth/countersign/emulator/household"
)

func sortMoments(all []household.Moment) {
	slices.SortStableFunc(all, func(a, b household.Moment) int { return a.Request.At.Compare(b.Request.At) })
}
