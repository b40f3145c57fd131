#include "policy/conditions.hpp"

#include <algorithm>

#include "policy/text.hpp"

namespace pipit::policy {
namespace {

constexpr std::size_t kSourceKinds = 4;

class PrefixCondition final : public Condition {
 public:
  PrefixCondition(std::vector<PrefixMatcherRef> sets, std::string asked)
      : sets_(std::move(sets)), asked_(std::move(asked)) {}

  std::string_view name() const override { return "prefix"; }

  std::string asked() const override { return asked_; }

  std::string had(const Question& question) const override {
    return question.facts.prefix.to_string();
  }

  bool holds(const Question& question) const override {
    return std::any_of(sets_.begin(), sets_.end(), [&](const PrefixMatcherRef& set) {
      return set->contains(question.facts.prefix);
    });
  }

  /// An empty set holds for no prefix.
  Needs needs() const override { return {.prefix = !sets_.empty()}; }

 private:
  std::vector<PrefixMatcherRef> sets_;
  std::string asked_;
};

class SourceCondition final : public Condition {
 public:
  explicit SourceCondition(const std::vector<SourceKind>& sources) {
    for (const SourceKind source : sources) {
      sources_.set(static_cast<std::size_t>(source));
    }
  }

  std::string_view name() const override { return "source"; }

  std::string asked() const override {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < kSourceKinds; ++i) {
      if (sources_.test(i)) {
        words.emplace_back(name_of(static_cast<SourceKind>(i)));
      }
    }
    return joined(words);
  }

  std::string had(const Question& question) const override {
    return std::string(name_of(question.facts.source));
  }

  bool holds(const Question& question) const override {
    return sources_.test(static_cast<std::size_t>(question.facts.source));
  }

 private:
  std::bitset<kSourceKinds> sources_;
};

class AnyCommunityCondition final : public Condition {
 public:
  AnyCommunityCondition(CommunitySet set, std::string asked)
      : set_(std::move(set)), asked_(std::move(asked)) {}

  std::string_view name() const override { return "communities"; }

  std::string asked() const override { return asked_; }

  std::string had(const Question& question) const override {
    return communities_text(question.attributes);
  }

  bool holds(const Question& question) const override { return set_.any_in(question.attributes); }

 private:
  CommunitySet set_;
  std::string asked_;
};

void compile_prefix(const MatchOptions& match,
                    const CompiledSets& sets,
                    std::vector<ConditionPtr>& conditions) {
  if (match.prefix_sets.empty() && match.prefixes.empty()) {
    return;
  }
  std::vector<PrefixMatcherRef> asked;
  std::vector<std::string> words = match.prefix_sets;
  for (const std::string& name : match.prefix_sets) {
    if (const auto set = sets.prefixes.find(name);
        set != sets.prefixes.end() && !set->second->empty()) {
      asked.push_back(set->second);
    }
  }
  auto own = std::make_shared<PrefixMatcher>();
  for (const PrefixRange& range : match.prefixes) {
    own->add(range);
    words.push_back(to_string(range));
  }
  if (!own->empty()) {
    asked.push_back(std::move(own));
  }
  const auto universal = [](const PrefixMatcherRef& set) { return set->universal(); };
  if (std::none_of(asked.begin(), asked.end(), universal)) {
    conditions.push_back(std::make_unique<PrefixCondition>(std::move(asked), joined(words)));
  }
}

}  // namespace

CompiledSets compile_sets(const SetOptions& options) {
  CompiledSets sets{.options = options, .prefixes = {}};
  for (const auto& [name, ranges] : options.prefixes) {
    auto matcher = std::make_shared<PrefixMatcher>();
    for (const PrefixRange& range : ranges) {
      matcher->add(range);
    }
    sets.prefixes.emplace(name, std::move(matcher));
  }
  return sets;
}

std::vector<ConditionPtr> compile_conditions(const MatchOptions& match, const CompiledSets& sets) {
  std::vector<ConditionPtr> conditions;
  const SourceCondition sources(match.sources);
  if (!match.sources.empty()) {
    conditions.push_back(std::make_unique<SourceCondition>(sources));
  }
  compile_prefix(match, sets, conditions);
  if (!match.any_community_sets.empty() || !match.any_community.empty()) {
    CommunitySet set;
    set.add(match.any_community);
    set.add_named(match.any_community_sets, sets.options.communities);
    std::vector<std::string> words = match.any_community_sets;
    const std::vector<std::string> values = texts_of(match.any_community);
    words.insert(words.end(), values.begin(), values.end());
    conditions.push_back(
        std::make_unique<AnyCommunityCondition>(std::move(set), "any of " + joined(words)));
  }
  return conditions;
}

}  // namespace pipit::policy
