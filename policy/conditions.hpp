// From the options of a match to conditions.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "policy/as_path_pattern.hpp"
#include "policy/condition.hpp"
#include "policy/options.hpp"
#include "policy/prefix_matcher.hpp"

namespace pipit::policy {

using PrefixMatcherRef = std::shared_ptr<const PrefixMatcher>;
using AsPathPatterns = std::vector<AsPathPattern>;

/// A set of pairs, compiled for one look-up.
class PrefixOrigins {
 public:
  explicit PrefixOrigins(const PrefixOriginSet& set);

  bool contains(const net::Prefix& prefix, std::uint32_t origin) const;
  void add_questions(PrefixQuestion question, PrefixQuestions& questions) const;

 private:
  std::vector<PrefixOrigin> pairs_;
  PrefixClasses classes_;
};

/// What conditions and changes are compiled against. Prefix and as-path sets are compiled once and
/// shared by all rules that name them.
struct CompiledSets {
  const SetOptions& options;
  std::map<std::string, PrefixMatcherRef, std::less<>> prefixes;
  std::map<std::string, std::shared_ptr<const AsPathPatterns>, std::less<>> as_paths;
  std::map<std::string, std::shared_ptr<const PrefixOrigins>, std::less<>> prefix_origins;
};

CompiledSets compile_sets(const SetOptions& options);

/// The conditions of a match in the order in which they are asked; what always holds is left out.
Conditions compile_conditions(const MatchOptions& match, const CompiledSets& sets);

/// What a query names and lists, compiled.
struct PrefixSets {
  std::vector<PrefixMatcherRef> sets;  // none of them empty
  std::string asked;

  bool contain(const net::Prefix& prefix) const;
  bool universal() const;
};

PrefixSets prefix_sets(const PrefixQuery& query, const CompiledSets& sets);

/// Of these, those on the prefix; used by compile_conditions().
void compile_prefix_conditions(const MatchOptions& match,
                               const CompiledSets& sets,
                               Conditions& out);

/// Of these, those on AS_PATH and communities; used by compile_conditions().
void compile_path_conditions(const MatchOptions& match, const CompiledSets& sets, Conditions& out);

}  // namespace pipit::policy
