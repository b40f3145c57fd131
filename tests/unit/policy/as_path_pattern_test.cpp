// Regular expressions over AS numbers: what they match, what they are not, and that they agree with
// a plain search.
#include "policy/as_path_pattern.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <random>

#include "bgp/wire/as_path.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using policy::AsPathPattern;

namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto compiled = AsPathPattern::compile(pattern);
  INFO(pattern);
  REQUIRE(compiled.has_value());
  return compiled->matches(bgp::parse_as_path(path).value());
}

struct Row {
  const char* pattern;
  const char* path;
  bool matches;
};

}  // namespace

TEST_CASE("as-path patterns match AS numbers as a whole, anywhere unless anchored") {
  const auto row = GENERATE(values<Row>({
      {"65001", "65001", true},
      {"65001", "65000 65001 65002", true},
      {"65001", "165001 650011", false},
      {"^65001", "65001 65002", true},
      {"^65001", "65000 65001", false},
      {"65001$", "65000 65001", true},
      {"65001$", "65001 65000", false},
      {"^$", "", true},
      {"^$", "65001", false},
      {"^65001( 65001)*$", "65001", true},
      {"^65001( 65001)*$", "65001 65001 65001", true},
      {"^65001( 65001)*$", "65001 65002", false},
      {"^65001( 65001)*$", "", false},
      {"_65001_", "1 65001 2", true},
      {"_65001_", "1 650010 2", false},
      {"^65001_", "65001", true},
      {"^65001_", "65001 65002", true},
      {"_65001$", "65002 65001", true},
      {"(^|_)65001(_|$)", "7 65001", true},
      {"^[0-9]+$", "65001", true},
      {"^[0-9]+$", "65001 65002", false},
      {"^65001_[0-9]*$", "65001", true},
      {"^65001_[0-9]*$", "65001 65002", true},
      {"^65001_[0-9]*$", "65001 65002 65003", false},
      {"^65001.*$", "65001 1 2 3", true},
      {"^.$", "65001", true},
      {"^..$", "65001", false},
      {"^. . .$", "1 2 3", true},
      {"[64512-65534]", "1 65000 2", true},
      {"[64512-65534]", "1 65535 2", false},
      {"^[1 2 10-20]+$", "1 2 15 20", true},
      {"^[1 2 10-20]+$", "1 2 21", false},
      {"^[^65001]+$", "1 2 3", true},
      {"^[^65001]+$", "1 65001 3", false},
      {"65001_65002", "1 65001 65002", true},
      {"65001_65002", "65001 1 65002", false},
      {"^(1|2_3)+$", "1 2 3 1", true},
      {"^(1|2_3)+$", "1 2 1", false},
      {"^1 2? 3$", "1 3", true},
      {"^1 2? 3$", "1 2 2 3", false},
      {".*", "", true},
      {"4294967295", "4294967295", true},
  }));
  INFO(row.pattern << " on " << row.path);
  CHECK(matches(row.pattern, row.path) == row.matches);
}

TEST_CASE("as-path patterns: an AS_SET is each of its members, confederations are left out") {
  CHECK(matches("^65001 65003$", "65001 {65002,65003}"));
  CHECK(matches("^65001 65002$", "65001 {65002,65003}"));
  CHECK_FALSE(matches("^65001 65002 65003$", "65001 {65002,65003}"));
  CHECK_FALSE(matches("65004", "65001 {65002,65003}"));
  CHECK(matches("^65001$", "(64601 64602) 65001"));
  CHECK(matches("^65001$", "[64601,64602] 65001"));
  CHECK_FALSE(matches("64601", "(64601 64602) 65001"));
}

TEST_CASE("as-path patterns: a mistake is told with its place") {
  struct Bad {
    const char* pattern;
    std::size_t offset;
    const char* part;
  };

  const auto row = GENERATE(values<Bad>({
      {"(65001", 0, "no \")\""},
      {"65001)", 5, "no \"(\""},
      {"*65001", 0, "nothing before"},
      {"65001 | +", 8, "nothing before"},
      {"[65001", 0, "no \"]\""},
      {"[]", 0, "no AS number"},
      {"[2-1]", 1, "ends before it begins"},
      {"6500[1-5]", 4, "as a whole"},
      {"65(001|002)", 3, "as a whole"},
      {"6500.", 4, "as a whole"},
      {"4294967296", 0, "32 bits"},
      {"\\d+", 0, "expected an AS number"},
      {"65001{2}", 5, "expected an AS number"},
      {"[1-x]", 3, "expected an AS number"},
  }));
  INFO(row.pattern);
  const auto compiled = AsPathPattern::compile(row.pattern);
  REQUIRE_FALSE(compiled.has_value());
  CHECK(compiled.error().offset == row.offset);
  CHECK(compiled.error().message.find(row.part) != std::string::npos);
}

TEST_CASE("as-path patterns have limits that are told, and nesting ends somewhere") {
  std::string longest;
  for (std::size_t i = 0; i <= AsPathPattern::kMaxPositions; ++i) {
    longest += "1 ";
  }
  CHECK_FALSE(AsPathPattern::compile(longest).has_value());
  CHECK_FALSE(AsPathPattern::compile(std::string(10000, '(')).has_value());
}

TEST_CASE("as-path patterns take linear time where backtracking would take forever") {
  std::string path;
  for (int i = 0; i < 1000; ++i) {
    path += "1 ";
  }
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(matches("^(1*)* (1*)* (1*)* (1|1 1)* 2$", path));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

namespace {

/// Random patterns as trees that know how to match by trying everything: which ends a match that
/// begins at `from` can have.
struct Tree {
  std::string text;
  std::function<std::vector<std::size_t>(const std::vector<std::uint32_t>&, std::size_t)> ends;
};

class Grower {
 public:
  explicit Grower(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  Tree tree(int depth) {
    switch (below(depth > 0 ? 7 : 2)) {
      case 0:
      case 1:
        return leaf();
      case 2:
        return either(tree(depth - 1), tree(depth - 1));
      case 3:
        return repeated(tree(depth - 1));
      default:
        return both(tree(depth - 1), tree(depth - 1));
    }
  }

 private:
  using Path = std::vector<std::uint32_t>;
  using Ends = std::vector<std::size_t>;

  Tree leaf() {
    const std::uint32_t low = 1 + below(3);
    const std::uint32_t high = low + below(2);
    const bool negated = below(4) == 0;
    const std::string range = std::to_string(low) + "-" + std::to_string(high);
    return {(negated ? "[^" : "[") + range + "]", [=](const Path& path, std::size_t from) {
              const bool in = from < path.size() && path[from] >= low && path[from] <= high;
              return from < path.size() && in != negated ? Ends{from + 1} : Ends{};
            }};
  }

  static void add(Ends& to, const Ends& more) {
    for (const std::size_t one : more) {
      if (std::find(to.begin(), to.end(), one) == to.end()) {
        to.push_back(one);
      }
    }
  }

  static Tree both(Tree a, Tree b) {
    return {a.text + " " + b.text, [=](const Path& path, std::size_t from) {
              Ends ends;
              for (const std::size_t middle : a.ends(path, from)) {
                add(ends, b.ends(path, middle));
              }
              return ends;
            }};
  }

  static Tree either(Tree a, Tree b) {
    return {"(" + a.text + "|" + b.text + ")", [=](const Path& path, std::size_t from) {
              Ends ends = a.ends(path, from);
              add(ends, b.ends(path, from));
              return ends;
            }};
  }

  Tree repeated(Tree a) {
    const std::uint32_t sign = below(3);
    return {"(" + a.text + ")" + std::string(1, "*+?"[sign]),
            [=](const Path& path, std::size_t from) {
              Ends ends = sign == 1 ? a.ends(path, from) : Ends{from};
              if (sign == 2) {
                add(ends, a.ends(path, from));
              }
              for (std::size_t i = 0; sign != 2 && i < ends.size(); ++i) {
                add(ends, a.ends(path, ends[i]));
              }
              return ends;
            }};
  }

  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("as-path patterns agree with a plain search on random patterns and paths") {
  for (std::uint32_t seed = 0; seed < 1500; ++seed) {
    Grower random(seed);
    const Tree tree = random.tree(3);
    const bool begin = random.below(2) == 0;
    const bool end = random.below(2) == 0;
    const std::string text = (begin ? "^" : "") + tree.text + (end ? "$" : "");
    const auto compiled = AsPathPattern::compile(text);
    INFO("seed " << seed << ": " << text);
    REQUIRE(compiled.has_value());
    for (int n = 0; n < 20; ++n) {
      std::vector<std::uint32_t> path(random.below(6));
      std::string words;
      for (std::uint32_t& asn : path) {
        asn = 1 + random.below(5);
        words += std::to_string(asn) + " ";
      }
      bool found = false;
      for (std::size_t from = 0; from <= (begin ? 0 : path.size()); ++from) {
        for (const std::size_t to : tree.ends(path, from)) {
          found = found || !end || to == path.size();
        }
      }
      INFO(words);
      REQUIRE(compiled->matches(bgp::parse_as_path(words).value()) == found);
    }
  }
}
