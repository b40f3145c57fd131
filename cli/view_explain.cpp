#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/fields.hpp"
#include "cli/layout.hpp"
#include "cli/route_text.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "cli/wording.hpp"
#include "control/protocol/shown_explain.hpp"

namespace pipit::cli {
namespace {

using namespace control::shown;
using nlohmann::json;

/// A heading inside of an explanation, after an empty line.
void heading(Output& out, std::string_view text) {
  out.write(fmt::format("\n  {}\n", out.styled(Style::Strong, printable(text))));
}

/// Which prefix an address led to; nothing when none contains it.
void write_taken(const Shown<kAsked>& model, Output& out) {
  const std::string address = text(model, "address", "");
  const std::string prefix = destination(model);
  const bool itself = prefix == address + "/32" || prefix == address + "/128";
  if (!address.empty() && !itself) {
    out.write(fmt::format("  {} is the longest match of {}\n", printable(destination(model)),
                          printable(address)));
  }
}

std::string spaced(std::string text) {
  std::ranges::replace(text, '-', ' ');
  return text;
}

struct Mark {
  const char* text;
  Style style;
};

Mark mark_of(const std::string& result) {
  return result == "passed"    ? Mark{"ok ", Style::Good}
         : result == "stopped" ? Mark{"NO ", Style::Bad}
         : result == "changed" ? Mark{"set", Style::Notice}
                               : Mark{" - ", Style::Dim};
}

/// A rule of a policy: what it asked, what the route had, what it changed.
void write_rule(const Shown<kTriedRule>& rule, const std::string& indent, Output& out) {
  const bool matched = flag(rule, "matched");
  const std::string place = text(rule, "place", "");
  out.write(fmt::format("{}{} rule {} {}{}\n", indent, printable(text(rule, "policy")),
                        text(rule, "number"), matched ? "matches" : "does not match",
                        place.empty() ? "" : printable(fmt::format("  ({})", place))));
  for (const auto& condition : records<kCondition>(rule, "conditions")) {
    const std::string had = text(condition, "had", "");
    out.write(printable(fmt::format(
                  "{}  {}{} {} {}{}", indent, std::string(2 * number(condition, "depth"), ' '),
                  flag(condition, "held") ? "yes" : "no ", text(condition, "name"),
                  text(condition, "asked", ""), had.empty() ? "" : fmt::format(": has {}", had))) +
              "\n");
  }
  for (const auto& change : records<kChange>(rule, "changes")) {
    out.write(printable(fmt::format("{}  set {} {} -> {}", indent, text(change, "attribute"),
                                    text(change, "before"), text(change, "after"))) +
              "\n");
  }
  if (const std::string then = text(rule, "then", ""); !then.empty()) {
    out.write(printable(fmt::format("{}  {}", indent, then)) + "\n");
  }
}

void write_steps(const std::vector<Shown<kStep>>& steps, Output& out) {
  std::size_t width = 0;
  for (const auto& step : steps) {
    width = std::max(width, text(step, "stage").size());
  }
  for (const auto& step : steps) {
    const std::string result = text(step, "result");
    const Mark mark = mark_of(result);
    const std::string rule = result == "stopped" ? text(step, "rule", "") : "";
    out.write(fmt::format(
        "  {}  {:<{}}  {}\n", out.styled(mark.style, mark.text), spaced(text(step, "stage")), width,
        printable(rule.empty() ? text(step, "text")
                               : fmt::format("{} ({})", text(step, "text"), rule))));
    for (const auto& tried : records<kTriedRule>(step, "rules")) {
      write_rule(tried, std::string(width + 9, ' '), out);
    }
  }
}

void write_kernel_routes(const std::vector<Shown<kKernelImport>>& routes, Output& out) {
  if (routes.empty()) {
    return;
  }
  heading(out, "Kernel");
  for (const auto& route : routes) {
    std::string hops;
    for (const auto& hop : records<kHop>(route, "hops")) {
      const std::string gateway = text(hop, "gateway", "");
      hops += gateway.empty() ? "" : " via " + gateway;
      hops += " dev " + text(hop, "interface");
    }
    const Mark mark = mark_of(flag(route, "imported") ? "passed" : "stopped");
    const std::string metric =
        number(route, "metric") == 0 ? "" : " metric " + text(route, "metric");
    out.write(fmt::format("  {}  {}: {}\n", out.styled(mark.style, mark.text),
                          printable(fmt::format("{} proto {}{}{}", text(route, "type"),
                                                text(route, "protocol"), metric, hops)),
                          printable(text(route, "text"))));
    for (const std::string& rule : texts(route, "rules")) {
      out.write(fmt::format("         {}\n", printable(rule)));
    }
  }
}

/// Which of the explanations it is: each has a field that says what was asked.
bool is_of_neighbor(const json& model) {
  return has(Shown<kExplanationNeighbor>(model), "neighbor");
}

bool is_from(const json& model) {
  return has(Shown<kExplanationFrom>(model), "from");
}

bool is_to(const json& model) {
  return has(Shown<kExplanationTo>(model), "to");
}

/// `explain PREFIX`.
class ExplainView {
 public:
  ExplainView(const Shown<kExplanation>& model, Output& out)
      : model_(model), candidates_(records<kCandidate>(model, "candidates")), out_(out) {}

  void write() {
    title(out_, fmt::format("{}: {}", destination(model_),
                            candidates_.empty() ? "no path" : plural(candidates_.size(), "path")));
    write_taken(model_, out_);
    out_.write(fmt::format("  {}\n", printable(text(model_, "verdict"))));
    write_candidates();
    write_next_hops();
    write_changes();
    write_not_accepted();
    write_kernel_routes(records<kKernelImport>(model_, "kernel_routes"), out_);
  }

 private:
  static std::string why(const Shown<kCandidate>& candidate) {
    const std::string value = text(candidate, "value", "");
    const std::string reason = text(candidate, "reason", "");
    if (value.empty()) {
      return reason.empty() ? "best" : reason;
    }
    const std::string rule = text(candidate, "rule", "");
    const std::string better = text(candidate, "better");
    const std::string source = text(candidate, "better_source");
    // What a local route is, its source says as well: not "kernel of kernel".
    const bool said = (source == "kernel" || source == "originate") && better.starts_with(source);
    return fmt::format("{} {} against {}{}{}", text(candidate, "step"), value, better,
                       said ? "" : " of " + source, rule.empty() ? "" : fmt::format(" ({})", rule));
  }

  void write_candidates() {
    Table table({{""},
                 {"SOURCE", Align::Left, 0, 12},
                 {"NEXT HOP", Align::Left, 2},
                 {"LPREF", Align::Right, 3},
                 {"MED", Align::Right, 4},
                 {"AS PATH", Align::Left, 1, 12},
                 {"WHY", Align::Left, 0, 48}},
                2);
    for (const auto& candidate : candidates_) {
      table.add({Cell(marks(candidate), marks_style(candidate)), text_or_dash(candidate, "source"),
                 next_hop(candidate), text(candidate, "local_preference"), text(candidate, "med"),
                 path_and_origin(candidate), why(candidate)});
    }
    if (table.held() > 0) {
      out_.write("\n");
      table.flush(out_);
    }
  }

  void write_next_hops() {
    std::map<std::string, std::string> next_hops;
    for (const auto& candidate : candidates_) {
      if (const auto hop = record<kResolution>(candidate, "next_hop_resolution")) {
        next_hops.emplace(text(hop, "address"), text(hop, "text"));
      }
    }
    if (next_hops.empty()) {
      return;
    }
    heading(out_, "Next hops");
    for (const auto& [address, resolution] : next_hops) {
      out_.write(fmt::format("    {}: {}\n", printable(address), printable(resolution)));
    }
  }

  void write_changes() {
    bool first = true;
    for (const auto& candidate : candidates_) {
      const auto received = record<kAttributes>(candidate, "received");
      if (!received) {
        continue;
      }
      if (std::exchange(first, false)) {
        heading(out_, "Changed by import policy");
      }
      out_.write(fmt::format("    {}: {}\n", printable(text(candidate, "source")),
                             printable(attributes_change(received, candidate))));
    }
  }

  void write_not_accepted() {
    const auto refused = records<kRoute>(model_, "not_accepted");
    if (refused.empty()) {
      return;
    }
    heading(out_, "Not accepted, and would cover it");
    for (const auto& path : refused) {
      out_.write(fmt::format("    {} from {}: {}\n", printable(destination(path)),
                             printable(text(path, "source")), printable(text(path, "reason"))));
    }
  }

  Shown<kExplanation> model_;
  std::vector<Shown<kCandidate>> candidates_;
  Output& out_;
};

/// `explain PREFIX from NAME`.
void write_from(const Shown<kExplanationFrom>& model, Output& out) {
  title(out, fmt::format("{} from {}", destination(model), text(model, "from")));
  write_taken(model, out);
  out.write(fmt::format("  {}\n", printable(text(model, "verdict"))));
  if (const auto steps = records<kStep>(model, "steps"); !steps.empty()) {
    out.write("\n");
    write_steps(steps, out);
  }
  write_kernel_routes(records<kKernelImport>(model, "kernel_routes"), out);
  const auto paths = records<kTracedPath>(model, "paths");
  for (const auto& path : paths) {
    const bool several = paths.size() > 1;
    heading(out,
            several ? fmt::format("Received, {} {}", text(path, "source_kind"),
                                  number(path, "path_id") == 0 ? std::string()
                                                               : "path id " + text(path, "path_id"))
                    : std::string("Received"));
    out.write(fmt::format("    {}\n\n",
                          printable(attributes_line(record<kAttributes>(path, "received")))));
    write_steps(records<kStep>(path, "steps"), out);
    if (const auto accepted = record<kAttributes>(path, "accepted")) {
      const std::string change = attributes_change(record<kAttributes>(path, "received"), accepted);
      heading(out, "After import policy");
      out.write(fmt::format("    {}\n", printable(change.empty() ? "as received" : change)));
    }
  }
}

void write_group(const Shown<kExplanationTo>& model, Output& out) {
  const auto group = record<kGroup>(model, "group");
  if (!group) {
    return;
  }
  constexpr std::size_t kNames = 8;
  std::vector<std::string> names = texts(group, "members");
  const std::size_t more = names.size() > kNames ? names.size() - kNames : 0;
  names.resize(names.size() - more);
  heading(out, fmt::format("Update group {}", text(group, "id")));
  out.write(fmt::format("    {}\n    members: {}{}\n", printable(text(group, "type")),
                        printable(joined(names, " ")),
                        more == 0 ? "" : fmt::format(" and {} more", more)));
  out.write(fmt::format("    {}, {} in the neighbor's write queue\n",
                        number(group, "backlog") == 0
                            ? std::string("up to date")
                            : plural(number(group, "backlog"), "change") + " to go",
                        octets_text(model, "write_queue_octets")));
}

/// `explain PREFIX to NAME`.
void write_to(const Shown<kExplanationTo>& model, Output& out) {
  title(out, fmt::format("{} to {}", destination(model), text(model, "to")));
  write_taken(model, out);
  out.write(fmt::format("  {}\n\n", printable(text(model, "verdict"))));
  write_steps(records<kStep>(model, "steps"), out);
  if (const auto best = record<kRoute>(model, "best")) {
    heading(out, "Best path");
    out.write(fmt::format("    {}\n", printable(attributes_line(best))));
  }
  if (const auto sent = record<kAttributes>(model, "sent")) {
    heading(out, "Sent");
    out.write(fmt::format("    {}\n", printable(attributes_line(sent))));
  }
  write_group(model, out);
}

/// `explain neighbor NAME`.
void write_neighbor(const Shown<kExplanationNeighbor>& model, Output& out) {
  title(out, fmt::format("session with {}", text(model, "neighbor")));
  out.write(fmt::format("  {}\n\n", printable(text(model, "verdict"))));
  write_steps(records<kStep>(model, "steps"), out);
  if (const auto advice = texts(model, "advice"); !advice.empty()) {
    heading(out, "What to do");
    for (const std::string& one : advice) {
      out.write(fmt::format("    {}\n", printable(one)));
    }
  }
}

class AnyExplainView final : public View {
 public:
  bool end(const json& model, Output& out) override {
    if (is_of_neighbor(model)) {
      write_neighbor(Shown<kExplanationNeighbor>(model), out);
    } else if (is_from(model)) {
      write_from(Shown<kExplanationFrom>(model), out);
    } else if (is_to(model)) {
      write_to(Shown<kExplanationTo>(model), out);
    } else {
      ExplainView(Shown<kExplanation>(model), out).write();
    }
    return explains_something(model);
  }
};

}  // namespace

bool explains_something(const json& model) {
  if (is_of_neighbor(model)) {
    return true;
  }
  if (is_from(model)) {
    return !records<kTracedPath>(Shown<kExplanationFrom>(model), "paths").empty();
  }
  return is_to(model) ? has(Shown<kExplanationTo>(model), "best")
                      : !records<kCandidate>(Shown<kExplanation>(model), "candidates").empty();
}

std::unique_ptr<View> make_explain_view() {
  return std::make_unique<AnyExplainView>();
}

}  // namespace pipit::cli
