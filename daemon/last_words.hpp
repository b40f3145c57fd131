// The end of a process that cannot go on, in any thread: one line that says why, in place of what
// the C++ library says. Called by main.
#pragma once

namespace pipit::daemon {

/// Exit status after memory ran out.
inline constexpr int kOutOfMemory = 3;

/// From now on an exception that nobody catches is a line on standard error. Memory that is refused
/// ends the process with kOutOfMemory; anything else is a mistake in the program, and aborts.
void speak_last_words();

/// They go to syslog, too.
void last_words_to_syslog();

}  // namespace pipit::daemon
