package postgres

// ConnectWithin is [Connect] with another limit.
var ConnectWithin = connectWithin
