package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cpu is processor time by consumer, in seconds. On a machine that is not idle
// it shows the bottleneck.
type cpu struct {
	// Client is the task's process and the programs that it ran.
	Client float64
	// Server is PostgreSQL with all its processes; Storage is Azurite.
	Server, Storage float64
	// Bench is this program, which acts as the discarding storage and the slow
	// connection to the server.
	Bench float64
	// Others is everything else on the machine.
	Others float64
}

// total returns the sum.
func (c cpu) total() float64 { return c.Client + c.Server + c.Storage + c.Bench + c.Others }

func (c cpu) String() string {
	s := fmt.Sprintf("cpu: client %.2f, server %.2f, storage %.2f", c.Client, c.Server, c.Storage)
	if c.Bench >= 0.1 {
		s += fmt.Sprintf(", this program %.2f", c.Bench)
	}
	return s + fmt.Sprintf(", others %.2f s", c.Others)
}

// taken is the processor time so far.
type taken struct{ server, storage, bench, machine time.Duration }

// taken reads /proc, which takes a millisecond.
func (b *bed) taken() (t taken, err error) {
	if t.server, err = treeTime("/proc", b.postgres.PID()); err != nil {
		return t, err
	}
	storage, err := readProcess("/proc", b.azurite.PID())
	if err != nil {
		return t, err
	}
	t.storage = storage.own + storage.waited
	if t.machine, err = machineTime("/proc/stat"); err != nil {
		return t, err
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return t, fmt.Errorf("read this program's processor time: %w", err)
	}
	t.bench = time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	return t, nil
}

// since returns the time taken between then and t. The client's share is given.
func (t taken) since(then taken, client time.Duration) cpu {
	c := cpu{
		Client: client.Seconds(), Server: (t.server - then.server).Seconds(), Storage: (t.storage - then.storage).Seconds(),
		Bench: (t.bench - then.bench).Seconds(),
	}
	c.Others = max(0, (t.machine-then.machine).Seconds()-c.Client-c.Server-c.Storage-c.Bench)
	return c
}

// tick is the unit of times in /proc: 100 a second in all Linux builds.
const tick = 10 * time.Millisecond

// processTime has the times of a line of /proc/PID/stat.
type processTime struct {
	parent int
	// waited is the time of children that have ended and were waited for.
	own, waited time.Duration
}

func readProcess(proc string, pid int) (processTime, error) {
	content, err := os.ReadFile(filepath.Join(proc, strconv.Itoa(pid), "stat"))
	if err != nil {
		return processTime{}, fmt.Errorf("read a process's time: %w", err)
	}
	return parseProcess(string(content))
}

func parseProcess(line string) (p processTime, err error) {
	// The program's name, in parentheses, may contain parentheses and blanks
	// itself.
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 15 {
		return p, fmt.Errorf("read a process's time: %q has too few fields", line)
	}
	var numbers [5]int
	for i, field := range []int{1, 11, 12, 13, 14} {
		if numbers[i], err = strconv.Atoi(fields[field]); err != nil {
			return p, fmt.Errorf("read a process's time: %w", err)
		}
	}
	p.parent = numbers[0]
	p.own = time.Duration(numbers[1]+numbers[2]) * tick
	p.waited = time.Duration(numbers[3]+numbers[4]) * tick
	return p, nil
}

// treeTime returns the time of a process with its current and past children.
func treeTime(proc string, root int) (time.Duration, error) {
	first, err := readProcess(proc, root)
	if err != nil {
		return 0, err
	}
	entries, err := os.ReadDir(proc)
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	sum := first.own + first.waited
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		process, err := readProcess(proc, pid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // it has ended meanwhile
		}
		if err != nil {
			return 0, err
		}
		if process.parent == root {
			sum += process.own + process.waited
		}
	}
	return sum, nil
}

// machineTime returns the time that all processors have worked, including the
// time stolen by a hypervisor.
func machineTime(file string) (time.Duration, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("read the machine's time: %w", err)
	}
	// cpu user nice system idle iowait irq softirq steal …
	line, _, _ := strings.Cut(string(content), "\n")
	fields := strings.Fields(line)
	if len(fields) < 9 || fields[0] != "cpu" {
		return 0, fmt.Errorf("read the machine's time: %q is not understood", line)
	}
	sum := 0
	for _, i := range []int{1, 2, 3, 6, 7, 8} {
		ticks, err := strconv.Atoi(fields[i])
		if err != nil {
			return 0, fmt.Errorf("read the machine's time: %w", err)
		}
		sum += ticks
	}
	return time.Duration(sum) * tick, nil
}
