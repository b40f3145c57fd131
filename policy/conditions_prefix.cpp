// Conditions on the prefix. Each has a question of its own, whose answer it finds in the class of
// the prefix where that is known.
#include <algorithm>

#include "bgp/wire/as_path.hpp"
#include "policy/conditions.hpp"
#include "policy/number_set.hpp"
#include "policy/text.hpp"

namespace pipit::policy {
namespace {

class PrefixCondition final : public Condition {
 public:
  explicit PrefixCondition(PrefixSets sets) : sets_(std::move(sets)) {}

  std::string_view name() const override { return "prefix"; }

  std::string asked() const override { return sets_.asked; }

  std::string had(const Question& question) const override {
    return question.facts.prefix.to_string();
  }

  bool holds(const Question& question) const override {
    const PrefixClass known = question.facts.prefix_class;
    return known.data() != nullptr ? answers_yes(known, answer_)
                                   : sets_.contain(question.facts.prefix);
  }

  Needs needs() const override { return {.prefix = !sets_.sets.empty()}; }

  void add_questions(PrefixQuestions& questions) const override {
    for (const PrefixMatcherRef& set : sets_.sets) {
      set->for_each_range(
          [&](const PrefixRange& range) { questions.entries.push_back({range, answer_}); });
    }
  }

 private:
  PrefixSets sets_;
  PrefixAnswer answer_ = prefix_answer(new_prefix_question());
};

class LengthCondition final : public Condition {
 public:
  explicit LengthCondition(const NumberRanges& lengths)
      : lengths_(lengths), asked_(texts_of(lengths)) {}

  std::string_view name() const override { return "prefix-length"; }

  std::string asked() const override { return asked_; }

  std::string had(const Question& question) const override {
    return question.facts.prefix.to_string();
  }

  bool holds(const Question& question) const override {
    return lengths_.contains(question.facts.prefix.length());
  }

  Needs needs() const override { return {.prefix = true}; }

  void add_questions(PrefixQuestions& questions) const override {
    questions.lengths.push_back({lengths_, answer_});
  }

 private:
  NumberSet lengths_;
  std::string asked_;
  PrefixAnswer answer_ = prefix_answer(new_prefix_question());
};

class OriginCondition final : public Condition {
 public:
  using SetRef = std::shared_ptr<const PrefixOrigins>;

  OriginCondition(std::vector<SetRef> sets, std::string asked)
      : sets_(std::move(sets)), asked_(std::move(asked)) {}

  std::string_view name() const override { return "prefix-origin"; }

  std::string asked() const override { return asked_; }

  std::string had(const Question& question) const override {
    return number_text(origin_of(question)) + ' ' + question.facts.prefix.to_string();
  }

  bool holds(const Question& question) const override {
    const std::optional<std::uint32_t> origin = origin_of(question);
    if (!origin) {
      return false;
    }
    const PrefixClass known = question.facts.prefix_class;
    if (known.data() != nullptr) {
      return answers_yes(known, prefix_answer(question_, *origin));
    }
    return std::any_of(sets_.begin(), sets_.end(), [&](const SetRef& set) {
      return set->contains(question.facts.prefix, *origin);
    });
  }

  Needs needs() const override { return {.prefix = true}; }

  void add_questions(PrefixQuestions& questions) const override {
    for (const SetRef& set : sets_) {
      set->add_questions(question_, questions);
    }
  }

 private:
  static std::optional<std::uint32_t> origin_of(const Question& question) {
    return bgp::AsPathView(question.attributes.as_path).origin();
  }

  std::vector<SetRef> sets_;
  std::string asked_;
  PrefixQuestion question_ = new_prefix_question();
};

/// The question of a set that is asked alone.
constexpr PrefixQuestion kAlone = 1;

PrefixQuestions questions_of(const PrefixOriginSet& set) {
  PrefixQuestions questions;
  for (const PrefixOrigin& pair : set.pairs) {
    questions.entries.push_back({pair.range, prefix_answer(kAlone, pair.asn)});
  }
  return questions;
}

}  // namespace

PrefixOrigins::PrefixOrigins(const PrefixOriginSet& set)
    : pairs_(set.pairs), classes_(questions_of(set)) {}

bool PrefixOrigins::contains(const net::Prefix& prefix, std::uint32_t origin) const {
  return answers_yes(classes_.answers(prefix), prefix_answer(kAlone, origin));
}

void PrefixOrigins::add_questions(PrefixQuestion question, PrefixQuestions& questions) const {
  for (const PrefixOrigin& pair : pairs_) {
    questions.entries.push_back({pair.range, prefix_answer(question, pair.asn)});
  }
}

bool PrefixSets::contain(const net::Prefix& prefix) const {
  return std::any_of(sets.begin(), sets.end(),
                     [&](const PrefixMatcherRef& set) { return set->contains(prefix); });
}

bool PrefixSets::universal() const {
  return std::any_of(sets.begin(), sets.end(),
                     [](const PrefixMatcherRef& set) { return set->universal(); });
}

PrefixSets prefix_sets(const PrefixQuery& query, const CompiledSets& sets) {
  PrefixSets found;
  std::vector<std::string> words = query.sets;
  for (const std::string& name : query.sets) {
    const auto set = sets.prefixes.find(name);
    if (set != sets.prefixes.end() && !set->second->empty()) {
      found.sets.push_back(set->second);
    }
  }
  auto own = std::make_shared<PrefixMatcher>();
  for (const PrefixRange& range : query.ranges) {
    own->add(range);
    words.push_back(to_string(range));
  }
  if (!own->empty()) {
    found.sets.push_back(std::move(own));
  }
  found.asked = joined(words);
  return found;
}

void compile_prefix_conditions(const MatchOptions& match,
                               const CompiledSets& sets,
                               Conditions& out) {
  if (match.prefix.asked()) {
    PrefixSets prefixes = prefix_sets(match.prefix, sets);
    if (!prefixes.universal()) {
      out.push_back(std::make_unique<PrefixCondition>(std::move(prefixes)));
    }
  }
  if (!match.prefix_origins.empty()) {
    std::vector<std::shared_ptr<const PrefixOrigins>> named;
    for (const std::string& name : match.prefix_origins) {
      if (const auto set = sets.prefix_origins.find(name); set != sets.prefix_origins.end()) {
        named.push_back(set->second);
      }
    }
    out.push_back(
        std::make_unique<OriginCondition>(std::move(named), joined(match.prefix_origins)));
  }
  if (!match.prefix_length.empty()) {
    out.push_back(std::make_unique<LengthCondition>(match.prefix_length));
  }
}

}  // namespace pipit::policy
