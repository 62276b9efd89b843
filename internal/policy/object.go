package policy

import "strconv"

// object names a version in the audit log.
func object(version int64) string { return "policy:" + strconv.FormatInt(version, 10) }
