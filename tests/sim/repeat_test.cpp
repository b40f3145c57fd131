// One seed is one trace: in one process, in another one, and wherever memory happens to be. And
// what makes a failure smaller does that.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "net/log.hpp"
#include "tests/sim/shrink.hpp"
#include "tests/sim/simulation.hpp"
#include "tests/unit/catch.hpp"

namespace {

using pipit::sim::Numbers;

constexpr std::array<std::uint32_t, 3> kSeeds{7, 20, 33};

/// What sim-replay, which lies beside this executable, prints.
std::string replayed(const std::string& arguments) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "sim-replay";
  REQUIRE(std::filesystem::exists(program));
  const std::string command = "'" + program.string() + "' " + arguments;
  INFO(command);
  const auto close = [](FILE* file) { return pclose(file); };
  std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  REQUIRE(pipe);
  std::string text;
  std::array<char, 65536> part{};
  while (const std::size_t count = std::fread(part.data(), 1, part.size(), pipe.get())) {
    text.append(part.data(), count);
  }
  REQUIRE(pclose(pipe.release()) == 0);
  return text;
}

void check_same(const std::string& one, const std::string& other) {
  // Not CHECK(one == other): Catch would print both.
  const bool same = one == other;
  INFO(pipit::sim::first_difference(one, other));
  CHECK(same);
}

/// A trace that has all sorts of lines in it.
void check_whole(const std::string& trace) {
  CHECK(std::count(trace.begin(), trace.end(), '\n') > 3000);
  for (const char* words :
       {" UPDATE ", " KEEPALIVE ", " OPEN ", " best ", " timer of ", " arms ", " ROUTE-REFRESH ",
        " kernel has ", " best 2001:db8:", " reads nothing for "}) {
    INFO(words);
    CHECK(trace.find(words) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("Trace: a seed repeats exactly in one process", "[trace]") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  for (const std::uint32_t seed : kSeeds) {
    const pipit::sim::Scenario scenario = pipit::sim::scenario_of(seed);
    pipit::sim::Simulation first(scenario);
    first.trace().keep();
    first.run();
    check_whole(first.trace().text());
    // The first one still has its memory, so that everything of the second lies elsewhere.
    check_same(first.trace().text(), pipit::sim::trace_of(scenario));
  }
}

TEST_CASE("Trace: a seed repeats exactly in other processes", "[trace]") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  for (const std::uint32_t seed : kSeeds) {
    const pipit::sim::Scenario scenario = pipit::sim::scenario_of(seed);
    const std::string here = scenario.describe() + pipit::sim::trace_of(scenario);
    const std::string number = std::to_string(seed);
    check_same(here, replayed(number));
    check_same(here, replayed(number + " --same-addresses"));
    check_same(here, replayed(number + " --stir=20000"));
  }
}

TEST_CASE("Trace: seeds differ, and so do fewer events", "[trace]") {
  pipit::net::configure_log({.level = pipit::net::LogLevel::Off});
  const pipit::sim::Scenario scenario = pipit::sim::scenario_of(7);
  const std::string whole = pipit::sim::trace_of(scenario);
  CHECK(whole != pipit::sim::trace_of(pipit::sim::scenario_of(8)));
  REQUIRE(scenario.events.size() > 4);
  CHECK(whole != pipit::sim::trace_of(scenario.with_only({0, 1, 2})));
  CHECK(!pipit::sim::first_difference("a\nb\nc\n", "a\nx\nc\n").empty());
  CHECK(!pipit::sim::first_difference("a\n", "a\nb\n").empty());
  CHECK(pipit::sim::first_difference("a\nb\n", "a\nb\n").empty());
}

TEST_CASE("Shrink: leaves what the failure takes", "[shrink]") {
  std::size_t calls = 0;
  const auto fails = [&](const Numbers& numbers) {
    ++calls;
    return std::ranges::count(numbers, 3U) == 1 && std::ranges::count(numbers, 17U) == 1;
  };
  CHECK(pipit::sim::shrink(40, 1000, fails) == Numbers{3, 17});
  CHECK(calls < 200);
  CHECK(pipit::sim::shrink(40, 1000, [](const Numbers&) { return true; }).empty());
  CHECK(pipit::sim::shrink(3, 1000, [](const Numbers& n) { return n.size() == 3; }) ==
        Numbers{0, 1, 2});
  // With too few tries whatever is left still fails.
  const Numbers some = pipit::sim::shrink(40, 3, fails);
  CHECK(fails(some));
}
