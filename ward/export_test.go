package ward

// CorrectTimes puts a report on the server's clock.
var CorrectTimes = correctTimes
