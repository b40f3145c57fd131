// sim-replay SEED [--events=1,4,7|none] [--same-addresses] [--stir=N]: runs one seed of the
// simulation and prints the scenario and the trace; what differs from the
// reference model goes to the standard error stream.
//
// --events leaves all others out. The last two are for the test that compares processes: without
// randomized addresses, and after N allocations that make every later one come out elsewhere.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/personality.h>
#include <unistd.h>

#include "net/log.hpp"
#include "tests/sim/simulation.hpp"

namespace {

using pipit::sim::Scenario;

std::optional<std::size_t> number_of(std::string_view text) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good ? std::optional(number) : std::nullopt;
}

/// "1,4,7", or "none".
std::optional<std::vector<std::size_t>> numbers_of(std::string_view text) {
  std::vector<std::size_t> numbers;
  while (!text.empty() && text != "none") {
    const std::string_view word = text.substr(0, text.find(','));
    const auto number = number_of(word);
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return numbers;
}

int refuse(const char* why) {
  std::fprintf(stderr, "sim-replay: %s\nsim-replay SEED [--events=1,4,7|none]\n", why);
  return 2;
}

/// Begins again without randomized addresses, unless it runs so already. Returns when it does, or
/// cannot.
bool fix_addresses(char** arguments) {
  const int now = personality(0xffffffff);
  if ((now & ADDR_NO_RANDOMIZE) != 0) {
    return true;
  }
  if (personality(static_cast<unsigned long>(now) | ADDR_NO_RANDOMIZE) == -1) {
    return false;
  }
  execv("/proc/self/exe", arguments);
  return false;
}

/// Leaves the heap with holes of many sizes.
std::vector<std::unique_ptr<char[]>> stir(std::size_t count) {
  std::vector<std::unique_ptr<char[]>> kept;
  for (std::size_t i = 0; i < count; ++i) {
    auto block = std::make_unique<char[]>(16 + i * 40 % 2000);
    if (i % 3 == 0) {
      kept.push_back(std::move(block));
    }
  }
  return kept;
}

}  // namespace

int main(int count, char** arguments) {
  std::optional<std::size_t> seed;
  std::optional<std::vector<std::size_t>> events;
  std::vector<std::unique_ptr<char[]>> stirred;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    if (word == "--same-addresses") {
      if (!fix_addresses(arguments)) {
        return refuse("addresses cannot be fixed");
      }
    } else if (word.starts_with("--stir=")) {
      stirred = stir(number_of(word.substr(std::strlen("--stir="))).value_or(0));
    } else if (word.starts_with("--events=")) {
      events = numbers_of(word.substr(std::strlen("--events=")));
      if (!events) {
        return refuse("--events wants numbers");
      }
    } else if (!(seed = number_of(word))) {
      return refuse("what is no number is no seed");
    }
  }
  if (!seed) {
    return refuse("which seed?");
  }
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  Scenario scenario = pipit::sim::scenario_of(static_cast<std::uint32_t>(*seed));
  if (events) {
    for (const std::size_t event : *events) {
      if (event >= scenario.events.size()) {
        return refuse("there is no such event");
      }
    }
    scenario = scenario.with_only(*events);
  }
  pipit::sim::Simulation simulation(scenario);
  simulation.trace().keep();
  simulation.run();
  const std::string text = scenario.describe() + simulation.trace().text();
  std::fwrite(text.data(), 1, text.size(), stdout);
  const std::string differences = simulation.differences();
  std::fwrite(differences.data(), 1, differences.size(), stderr);
  return differences.empty() ? 0 : 1;
}
