// Package figure is the little statistics that the benchmarks need: medians and
// quantiles, ratios round by round, and whether two samples can be told apart.
package figure
