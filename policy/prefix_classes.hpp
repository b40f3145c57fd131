// Which prefixes a policy cannot tell apart, found in one look-up for all prefix sets, ranges and
// lengths that it asks for.
//
// Built by in_sequence() from the prefix questions of a policy's conditions, on any thread; read by
// the importer and the exporter, which run a policy once for all prefixes of a class, and by the
// conditions, which find their answers in the class. The entries are cut into disjoint ranges of
// addresses, each with its longest entry: a look-up bisects the ranges and, of a short prefix,
// follows entries to the ones that contain it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "net/address.hpp"
#include "policy/number_set.hpp"
#include "policy/options.hpp"

namespace pipit::policy {

/// Names a question that conditions ask about prefixes; unique in the process.
using PrefixQuestion = std::uint32_t;

PrefixQuestion new_prefix_question();

/// An answer of a class: "yes" to a question, with an AS number where it asks for pairs.
using PrefixAnswer = std::uint64_t;

constexpr PrefixAnswer prefix_answer(PrefixQuestion question, std::uint32_t asn = 0) {
  return (PrefixAnswer{question} << 32) | asn;
}

/// The answers of a class, ascending; a question that is not there is answered with no.
using PrefixClass = std::span<const PrefixAnswer>;

/// What is asked about prefixes.
struct PrefixQuestions {
  struct Entry {
    PrefixRange range;
    PrefixAnswer answer = 0;
  };

  struct Lengths {
    NumberSet lengths;
    PrefixAnswer answer = 0;
  };

  std::vector<Entry> entries;
  std::vector<Lengths> lengths;

  bool empty() const { return entries.empty() && lengths.empty(); }
};

class PrefixClasses {
 public:
  /// Names a class. Prefixes of different families have different classes.
  using Number = std::uint32_t;

  explicit PrefixClasses(PrefixQuestions questions);

  Number find(const net::Prefix& prefix) const;

  PrefixClass answers(Number number) const {
    return PrefixClass(answers_).subspan(begins_[number], begins_[number + 1] - begins_[number]);
  }

  PrefixClass answers(const net::Prefix& prefix) const { return answers(find(prefix)); }

  /// How many classes there are.
  std::size_t size() const { return begins_.size() - 1; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  /// Ranges of one IPv4 set from which on a table of their first 16 bits pays.
  static constexpr std::size_t kManyRanges = 64;

  /// An address as a number.
  struct Key {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  /// The prefix of one entry or several.
  struct Node {
    std::uint32_t parent = kNone;  // the longest entry around it
    std::uint32_t row = 0;         // its first run
    std::uint8_t length = 0;
  };

  /// From this length on prefixes are of this class.
  struct Run {
    std::uint32_t from = 0;
    Number number = 0;

    friend auto operator<=>(const Run&, const Run&) = default;
  };

  struct Family {
    std::vector<std::uint32_t> starts_v4;  // where ranges of addresses begin, ascending
    std::vector<Key> starts_v6;
    std::vector<std::uint32_t> owners;  // by range: the longest entry; kNone: none
    std::vector<std::uint32_t> heads;   // by first 16 bits: the first range; empty: few ranges
    std::uint32_t outside = 0;          // the row of prefixes in no entry
  };

  struct Build;

  static Key key_of(const net::IpAddress& address);
  static Key last_of(const net::Prefix& prefix);
  void build(const PrefixQuestions& questions, net::Afi afi, Build& scratch);
  void cut(Family& family, net::Afi afi, std::span<const net::Prefix> nodes, std::uint32_t first);
  static void index_heads(Family& family);
  static std::size_t range_of(const Family& family, const net::IpAddress& address);

  std::array<Family, 2> families_;
  std::vector<Node> nodes_;
  std::vector<Run> runs_;  // of rows, end to end; each row ends with one beyond all lengths
  std::vector<PrefixAnswer> answers_;
  std::vector<std::uint32_t> begins_;  // by class: in answers_; and the end
};

using PrefixClassesRef = std::shared_ptr<const PrefixClasses>;

/// True when the class answers the question with yes.
bool answers_yes(PrefixClass answers, PrefixAnswer answer);

}  // namespace pipit::policy
