package risk

// SQLDay is how a day is counted.
const SQLDay = sqlDay
