// Tables on terminals: as wide as these are, coloured, and complete where there is none.
#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include "cli/table.hpp"
#include "control/protocol/commands.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/control/running_command.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::FakeDaemon;
using control::test::has;
using control::test::run;
using control::test::run_on_terminal;
using control::test::RunningServer;

namespace {

/// Without escape sequences.
std::string plain(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (const std::string_view line : control::split(text, '\n')) {
    most = std::max(most, line.size());
  }
  return most;
}

using Words = std::vector<std::string>;

const std::vector<Words> kTables{
    {"show", "neighbors"}, {"show", "routes"},    {"show", "routes", "rejected"},
    {"show", "kernel"},    {"show", "groups"},    {"show", "policies"},
    {"show", "sets"},      {"show", "next-hops"}, {"status"}};

}  // namespace

TEST_CASE("Tables fit the terminal") {
  ::unsetenv("COLUMNS");
  RunningServer server;
  server.with([](FakeDaemon& daemon, Server&) {
    daemon.two_families = true;
    daemon.last_error = std::string(300, 'x');
  });
  for (const Words& words : kTables) {
    for (const unsigned short columns : std::initializer_list<unsigned short>{60, 80, 120}) {
      if (words.front() == "status" && columns < 80) {
        continue;  // its sentences are longer
      }
      INFO(words.back() << " in " << columns);
      const auto outcome = run_on_terminal(server, words, columns);
      CHECK(outcome.status == 0);
      const std::string shown = plain(outcome.out);
      std::string tables;
      for (const std::string_view line : control::split(shown, '\n')) {
        if (!line.starts_with('!')) {  // warnings are sentences
          tables += std::string(line) + '\n';
        }
      }
      CHECK(widest(tables) <= columns);
    }
  }
}

TEST_CASE("What matters stays on a narrow terminal, --wide shows all") {
  ::unsetenv("COLUMNS");
  RunningServer server;
  const std::string narrow = plain(run_on_terminal(server, {"show", "neighbors"}, 80).out);
  CHECK(has(narrow, "NAME"));
  CHECK(has(narrow, "STATE"));
  CHECK(has(narrow, "UP FOR"));
  CHECK_FALSE(has(narrow, "TYPE"));
  const std::string wide = plain(run_on_terminal(server, {"show", "neighbors", "--wide"}, 80).out);
  CHECK(has(wide, "TYPE"));
  CHECK(has(wide, "LAST ERROR"));
  CHECK(widest(wide) > 80);
  CHECK(wide == run(server, {"show", "neighbors"}).out);
  const std::string routes = plain(run_on_terminal(server, {"show", "routes"}, 60).out);
  CHECK(has(routes, "10.0.2.0/24"));
  CHECK_FALSE(has(routes, "AGE"));
  ::setenv("COLUMNS", "200", 1);
  CHECK(plain(run_on_terminal(server, {"show", "neighbors"}, 80).out) == wide);
  ::setenv("COLUMNS", "nonsense", 1);
  CHECK(plain(run_on_terminal(server, {"show", "neighbors"}, 80).out) == narrow);
  ::unsetenv("COLUMNS");
}

TEST_CASE("Colours are for terminals, and not for those who do not want them") {
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "xterm", 1);
  RunningServer server;
  CHECK(has(run_on_terminal(server, {"show", "neighbors"}, 120).out, "\x1b[32mEstablished"));
  CHECK_FALSE(has(run(server, {"show", "neighbors"}).out, "\x1b"));
  ::setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(has(run_on_terminal(server, {"show", "neighbors"}, 120).out, "\x1b"));
  ::unsetenv("NO_COLOR");
}

TEST_CASE("Each family of a neighbor that has several gets a line of its own") {
  RunningServer server;
  CHECK_FALSE(has(run(server, {"show", "neighbors"}).out, "FAMILY"));
  server.with([](FakeDaemon& daemon, Server&) { daemon.two_families = true; });
  const std::string both = run(server, {"show", "neighbors"}).out;
  CHECK(has(both, "ipv4-unicast     1,200     1,100    42  -\n"));
  CHECK(has(both, "ipv6-unicast         7         6     5\n"));
  CHECK(has(both, "3 neighbors, 1 established"));
  const std::string one = run(server, {"show", "neighbors", "family", "ipv6-unicast"}).out;
  CHECK(has(one, "ipv6-unicast         7"));
  CHECK_FALSE(has(one, "1,200"));
  CHECK(has(one, "1 neighbor, 1 established"));
  CHECK(has(run(server, {"show", "neighbors", "down"}).out, "2 neighbors, 0 established"));
  CHECK(has(run(server, {"show", "neighbors", "group", "clients", "up"}).out,
            "1 neighbor, 1 established"));
}

TEST_CASE("Columns go by rank, those with nothing in them first, the others are cut") {
  using cli::Align;
  using cli::Column;
  const std::vector<Column> columns{
      {"NAME"}, {"A", Align::Left, 1}, {"B", Align::Left, 2}, {"TEXT", Align::Left, 0, 10}};
  const std::vector<std::size_t> widths{8, 6, 6, 30};
  const std::vector<bool> full(4, false);
  using Widths = std::vector<std::size_t>;
  CHECK(cli::fitted(columns, widths, full, 56) == Widths{8, 6, 6, 30});
  CHECK(cli::fitted(columns, widths, full, 50) == Widths{8, 6, 6, 24});
  CHECK(cli::fitted(columns, widths, full, 36) == Widths{8, 6, 6, 10});
  CHECK(cli::fitted(columns, widths, full, 35) == Widths{8, 6, 0, 17});
  CHECK(cli::fitted(columns, widths, {false, true, false, false}, 35) == Widths{8, 0, 6, 17});
  CHECK(cli::fitted(columns, widths, full, 22) == Widths{8, 0, 0, 12});
  CHECK(cli::fitted(columns, widths, full, 5) == Widths{8, 0, 0, 10});  // the line is cut then
  CHECK(cli::cut("back at noon", 12) == "back at noon");
  CHECK(cli::cut("back at noon!", 12) == "back at n...");
  CHECK(cli::cut("\u00fc\u00fc\u00fc\u00fc\u00fc", 4) == "\u00fc...");
  CHECK(cli::cut("/etc/pipit/pipitd.yaml:12", 17, cli::Side::Front) == "...pipitd.yaml:12");
  CHECK(cli::cut("\u00fc\u00fc\u00fc\u00fc\u00fc", 4, cli::Side::Front) == "...\u00fc");
  CHECK(cli::cut("abcdef", 2) == "ab");
  CHECK(cli::cut("abcdef", 0).empty());
}
