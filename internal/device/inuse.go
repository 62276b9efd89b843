package device

// InUse is the SQL condition that the device in parameter or column id is, or was,
// a customer's to use: given to somebody and not just on its way.
func InUse(id string) string {
	return "EXISTS (SELECT 1 FROM device WHERE id = " + id + " AND customer IS NOT NULL AND status <> 'assigned')"
}
