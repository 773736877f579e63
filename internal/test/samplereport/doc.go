// Samplereport prints the report of made-up drills of ten instances.
//
// Imports of this module: internal/proof/report,
// internal/proof/report/reporttest.
package main
