package activities

// ReadRoles is exported for the test of a server that has too many roles.
var ReadRoles = readRoles
