// Classes of prefixes against plain comparisons, on random entries that nest and touch.
#include "policy/prefix_classes.hpp"

#include <algorithm>
#include <random>

#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::policy;

namespace {

PrefixRange range(const std::string& prefix, std::uint8_t low, std::uint8_t high) {
  return {*net::Prefix::parse(prefix), low, high};
}

/// What the questions say about a prefix, entry by entry.
std::vector<PrefixAnswer> plain(const PrefixQuestions& questions, const net::Prefix& prefix) {
  std::vector<PrefixAnswer> answers;
  for (const PrefixQuestions::Entry& entry : questions.entries) {
    if (entry.range.prefix.contains(prefix) && prefix.length() >= entry.range.min_length &&
        prefix.length() <= entry.range.max_length) {
      answers.push_back(entry.answer);
    }
  }
  for (const PrefixQuestions::Lengths& asked : questions.lengths) {
    if (asked.lengths.contains(prefix.length())) {
      answers.push_back(asked.answer);
    }
  }
  std::sort(answers.begin(), answers.end());
  answers.erase(std::unique(answers.begin(), answers.end()), answers.end());
  return answers;
}

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }

  /// Few different ones, at both ends of the range of addresses, too.
  net::Prefix prefix() {
    const bool v6 = below(2) == 0;
    std::array<std::uint8_t, 16> octets{};
    const std::uint32_t ends = below(4);
    octets.fill(ends == 0 ? 0xff : 0);
    octets[0] = ends == 1 ? 10 : octets[0];
    octets[1] = static_cast<std::uint8_t>(octets[1] ^ (below(4) << 6));
    octets[3] = static_cast<std::uint8_t>(octets[3] ^ below(4));
    octets[15] = static_cast<std::uint8_t>(octets[15] ^ below(4));
    const std::uint32_t value = (std::uint32_t{octets[0]} << 24) |
                                (std::uint32_t{octets[1]} << 16) | (std::uint32_t{octets[2]} << 8) |
                                octets[3];
    return v6 ? net::Prefix(net::IpAddress::v6(octets), static_cast<std::uint8_t>(below(129)))
              : net::Prefix(net::IpAddress::v4(value), static_cast<std::uint8_t>(below(33)));
  }

 private:
  std::mt19937 engine_;
};

}  // namespace

TEST_CASE("prefix classes: the answers are those of a look at every entry") {
  std::size_t yes = 0;
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    PrefixQuestions questions;
    for (std::uint32_t n = random.below(seed % 3 == 0 ? 200 : 12); n > 0; --n) {
      const net::Prefix prefix = random.prefix();
      const std::uint8_t bits = prefix.address().bits();
      const auto low =
          static_cast<std::uint8_t>(prefix.length() + random.below(bits - prefix.length() + 1U));
      const auto high = static_cast<std::uint8_t>(low + random.below(bits - low + 1U));
      questions.entries.push_back({{prefix, low, high == 0 ? std::uint8_t{0} : high},
                                   prefix_answer(1 + random.below(3), random.below(2))});
    }
    for (std::uint32_t n = random.below(3); n > 0; --n) {
      const std::uint32_t low = random.below(100);
      questions.lengths.push_back(
          {NumberSet({{low, low + random.below(30)}}), prefix_answer(10 + random.below(3))});
    }
    const PrefixClasses classes(questions);
    for (int n = 0; n < 200; ++n) {
      const net::Prefix prefix = random.prefix();
      const PrefixClass got = classes.answers(prefix);
      const std::vector<PrefixAnswer> wanted = plain(questions, prefix);
      INFO("seed " << seed << " " << prefix.to_string());
      // The first one is the family's.
      REQUIRE(std::equal(got.begin() + 1, got.end(), wanted.begin(), wanted.end()));
      for (const PrefixAnswer answer : wanted) {
        REQUIRE(answers_yes(got, answer));
      }
      REQUIRE_FALSE(answers_yes(got, prefix_answer(9)));
      yes += wanted.size();
    }
  }
  CHECK(yes > 10'000);
}

TEST_CASE("prefix classes: as many as there are different answers, not as entries") {
  PrefixQuestions questions;
  for (std::uint32_t i = 0; i < 5000; ++i) {
    const net::Prefix prefix(net::IpAddress::v4((20U << 24) | (i << 8)), 24);
    questions.entries.push_back({{prefix, 24, 24}, prefix_answer(1)});
  }
  questions.entries.push_back({range("fd00::/8", 8, 128), prefix_answer(2)});
  const PrefixClasses classes(questions);
  CHECK(classes.size() == 4);  // of each family: inside and outside
  CHECK(classes.find(*net::Prefix::parse("20.0.1.0/24")) ==
        classes.find(*net::Prefix::parse("20.0.7.0/24")));
  CHECK(classes.find(*net::Prefix::parse("20.0.1.0/24")) !=
        classes.find(*net::Prefix::parse("20.0.1.0/25")));
  CHECK(classes.find(*net::Prefix::parse("0.0.0.0/0")) !=
        classes.find(*net::Prefix::parse("::/0")));
}
