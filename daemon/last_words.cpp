#include "daemon/last_words.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include <syslog.h>
#include <unistd.h>

namespace {

/// What this thread last asked for in vain.
thread_local std::size_t refused_octets = 0;
std::atomic<bool> to_syslog = false;

/// Takes no memory: there may be none.
void say(const char* text) {
  std::array<char, 512> line{};
  const int length = std::snprintf(line.data(), line.size(), "pipitd: fatal: %s\n", text);
  if (length > 0) {
    const auto octets = std::min(static_cast<std::size_t>(length), line.size() - 1);
    (void)!::write(STDERR_FILENO, line.data(), octets);
  }
  if (to_syslog) {
    ::syslog(LOG_CRIT, "fatal: %s", text);
  }
}

[[noreturn]] void end() {
  try {
    if (const std::exception_ptr error = std::current_exception()) {
      std::rethrow_exception(error);
    }
    say("ended without an exception");
  } catch (const std::bad_alloc&) {
    std::array<char, 128> text{};
    if (refused_octets > 0) {
      std::snprintf(text.data(), text.size(), "out of memory: %zu octets were asked for in vain",
                    refused_octets);
    } else {
      std::snprintf(text.data(), text.size(), "out of memory");
    }
    say(text.data());
    ::_exit(pipit::daemon::kOutOfMemory);
  } catch (const std::exception& error) {
    say(error.what());
  } catch (...) {
    say("an exception that says nothing");
  }
  std::abort();
}

}  // namespace

// The library's own does not tell the handler how much was asked for. The sanitizer has to keep its
// own, which says it by itself.
#ifndef __SANITIZE_ADDRESS__
void* operator new(std::size_t size) {
  for (;;) {
    if (void* memory = std::malloc(size == 0 ? 1 : size)) {
      return memory;
    }
    if (const std::new_handler handler = std::get_new_handler()) {
      handler();
      continue;
    }
    refused_octets = size;
    throw std::bad_alloc();
  }
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
  std::free(memory);
}
#endif

namespace pipit::daemon {

void speak_last_words() {
  std::set_terminate(end);
}

void last_words_to_syslog() {
  to_syslog = true;
}

}  // namespace pipit::daemon
