package device

// Queries whose plans are looked at.
const (
	Unfiltered = "SELECT " + columns + " FROM device WHERE " + unfiltered // of a list without a filter
	EndingSQL  = "SELECT " + columns + " FROM device WHERE " + ending
	HandedSQL  = handed
)
