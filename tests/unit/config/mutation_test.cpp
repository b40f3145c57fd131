// Thousands of damaged files: every one of them is either read or refused with diagnostics.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "config/load.hpp"
#include "config/node.hpp"
#include "config/print.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;

namespace {

std::string example(const char* name) {
  std::ifstream in(std::filesystem::path(PIPIT_SOURCE_ROOT) / "packaging/examples" / name,
                   std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Damage {
 public:
  explicit Damage(std::uint32_t seed) : engine_(seed) {}

  std::string apply(std::string text) {
    for (std::size_t n = 1 + below(4); n > 0 && !text.empty(); --n) {
      once(text);
    }
    return text;
  }

 private:
  std::size_t below(std::size_t limit) { return engine_() % limit; }

  void once(std::string& text) {
    constexpr std::string_view kMarks = ":{}[]-,\"'#&*!|>%@`?\n\t 09ax\0\xff\xc3";
    const std::size_t at = below(text.size());
    const std::size_t length = std::min(text.size() - at, 1 + below(40));
    switch (below(6)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, 1, kMarks[below(kMarks.size())]);
        break;
      case 2:
        text[at] = kMarks[below(kMarks.size())];
        break;
      case 3:
        text.insert(below(text.size()), text.substr(at, length));
        break;
      case 4:
        text[at] = static_cast<char>(below(256));
        break;
      default:
        text.resize(at);
    }
  }

  std::mt19937 engine_;
};

void must_hold(const std::string& text) {
  // Beside the examples, so that the files that they name are there.
  const std::string examples = PIPIT_SOURCE_ROOT "/packaging/examples/";
  const auto loaded = config::load_text(text, examples + "mutated.yaml");
  if (!loaded) {
    REQUIRE_FALSE(loaded.error().empty());
    REQUIRE(loaded.error().size() <= config::Report::kMaxDiagnostics + 1);
    return;
  }
  const auto again = config::load_text(config::to_yaml(loaded->config), examples + "again.yaml");
  INFO(text << "\n---\n" << config::to_yaml(loaded->config));
  INFO((again ? "" : config::to_text(again.error())));
  REQUIRE(again);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

}  // namespace

TEST_CASE("load: damaged files are read or refused, and what is read prints and reads again") {
  const std::string full = example("full.yaml");
  const std::string edge = example("edge.yaml");
  REQUIRE_FALSE(full.empty());
  REQUIRE_FALSE(edge.empty());
  for (std::uint32_t seed = 0; seed < 3000; ++seed) {
    INFO("seed " << seed);
    must_hold(Damage(seed).apply(seed % 4 == 0 ? full : edge));
  }
}

TEST_CASE("load: nesting, aliases and sheer size are refused before they hurt") {
  must_hold(repeated("[", 100'000));
  must_hold(repeated("{a: ", 100'000));
  must_hold(repeated("- ", 100'000));
  must_hold(repeated("? ", 100'000));
  must_hold("a: " + std::string(1'000'000, 'x'));
  must_hold(std::string(1'000'000, '\n'));

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    bomb += name + ": &" + name + " [" + last + repeated(", " + last, 8) + "]\n";
  }
  const auto loaded = config::load_text(bomb, "bomb.yaml");
  REQUIRE_FALSE(loaded);
  CHECK(config::to_text(loaded.error()).find("aliases stand for more than") != std::string::npos);
}

TEST_CASE("load: thousands of mistakes give a bounded report") {
  std::string text = "router: {asn: 1}\nneighbors:\n";
  for (int i = 0; i < 5000; ++i) {
    text += "  n" + std::to_string(i) + ": {adress: 192.0.2.1, group: nobody}\n";
  }
  const auto loaded = config::load_text(text, "many.yaml");
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().size() == config::Report::kMaxDiagnostics + 1);
  CHECK(loaded.error().back().message == "14800 more errors and warnings are not shown");
}

TEST_CASE("load: a large file is read: 20,000 neighbors in a group of a group") {
  std::string text = R"(
router: {asn: 64512}
groups:
  a: {asn: internal, families: {ipv4-unicast: {}, ipv6-unicast: {}}}
  b: {group: a, timers: {hold: 30s}}
neighbors:
)";
  for (int i = 0; i < 20'000; ++i) {
    text += "  n" + std::to_string(i) + ": {address: 10." + std::to_string(i / 65536) + '.' +
            std::to_string(i / 256 % 256) + '.' + std::to_string(i % 256) + ", group: b}\n";
  }
  const auto loaded = config::load_text(text, "large.yaml");
  REQUIRE(loaded);
  CHECK(loaded->config.neighbors.size() == 20'000);
}
