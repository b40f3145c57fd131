// Conditions on the prefix. Each has a question of its own, whose answer it finds in the class of
// the prefix where that is known.
#include <algorithm>

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

}  // namespace

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
  if (!match.prefix_length.empty()) {
    out.push_back(std::make_unique<LengthCondition>(match.prefix_length));
  }
}

}  // namespace pipit::policy
