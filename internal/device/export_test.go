package device

// Unfiltered is the query of a list without a filter.
const Unfiltered = "SELECT " + columns + " FROM device WHERE " + unfiltered
