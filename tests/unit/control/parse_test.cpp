#include "cli/parse.hpp"

#include <sstream>

#include "cli/completion.hpp"
#include "cli/wording.hpp"
#include "tests/unit/catch.hpp"

using namespace pipit;
using namespace pipit::cli;

namespace {

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) {
    out.push_back(word);
  }
  return out;
}

/// "show routes prefix=10.0.0.0/8 longer", or the error.
std::string parsed(const std::string& line) {
  const auto invocation = parse(words(line));
  if (!invocation) {
    return "error: " + invocation.error();
  }
  std::string out(invocation->command->name);
  for (const Given& given : invocation->arguments) {
    out += " " + std::string(given.spec->key) + (given.value.empty() ? "" : "=" + given.value);
  }
  return out;
}

bool refused(const std::string& line) {
  return !parse(words(line));
}

}  // namespace

TEST_CASE("Every command is found by its words") {
  for (const auto& command : control::command_specs()) {
    std::string line;
    for (const auto word : control::split(command.words, ' ')) {
      line += word == "NAME"     ? " n0"
              : word == "PREFIX" ? " 10.0.0.0/8"
              : word == "FILE"   ? " a.yaml"
              : word == "SHELL"  ? " zsh"
              : word == "NUMBER" ? " 3"
              : word == "GROUP"  ? " tors"
                                 : " " + std::string(word);
    }
    INFO(line);
    const auto invocation = parse(words(line));
    REQUIRE(invocation);
    CHECK(invocation->command->name == command.name);
  }
}

TEST_CASE("Arguments come in any order that makes sense") {
  CHECK(parsed("reload --routes --dry-run") == "reload routes dry-run");
  CHECK(parsed("reload --confirm 5m") == "reload confirm=300");
  CHECK(parsed("rel --conf 90") == "reload confirm=90");
  CHECK(parsed("show config --diff new.yaml") == "show config diff=new.yaml");
  CHECK(parsed("show config --history") == "show config history");
  CHECK(parsed("rollback 3") == "rollback number=3");
  CHECK(parsed("show routes 10.0.0.0/8 longer family ipv4-unicast limit 10") ==
        "show routes prefix=10.0.0.0/8 longer family=ipv4-unicast limit=10");
  CHECK(parsed("show routes neighbor rr-1 received count") ==
        "show routes neighbor=rr-1 view=received count");
  CHECK(parsed("show routes 10.0.0.0/8 shorter source kernel community 65001:5") ==
        "show routes prefix=10.0.0.0/8 shorter source=kernel community=65001:5");
  CHECK(parsed("show routes as-path ^65001_ best") == "show routes as-path=^65001_ best");
  CHECK(parsed("show routes best 2001:db8::/32") == "show routes best prefix=2001:db8::/32");
  CHECK(parsed("show routes neighbor best best") == "show routes neighbor=best best");
  CHECK(parsed("explain 10.0.0.0/8 from rr-1") == "explain prefix=10.0.0.0/8 from=rr-1");
  CHECK(parsed("expl 10.0.0.0/8 t kernel") == "explain prefix=10.0.0.0/8 to=kernel");
  CHECK(parsed("show route 192.0.2.1") == "show route prefix=192.0.2.1");
  CHECK(parsed("neighbor rr-1 disable") == "neighbor disable name=rr-1");
  CHECK(parsed("neighbor rr-1 disable back at ten") ==
        "neighbor disable name=rr-1 message=back at ten");
  CHECK(parsed("neighbor rr-1 refresh in") == "neighbor refresh name=rr-1 direction=in");
}

TEST_CASE("Filters of routes and neighbors stand in any order") {
  CHECK(parsed("show routes rejected") == "show routes view=rejected");
  CHECK(parsed("show routes next-hop 192.0.2.1 med 0 length 24-28 valid detail") ==
        "show routes next-hop=192.0.2.1 med=0 length=24-28 validity=valid detail");
  CHECK(parsed("show routes invalid length 32 community *:666 10.0.0.0/8 longer") ==
        "show routes validity=invalid length=32 community=*:666 prefix=10.0.0.0/8 longer");
  CHECK(parsed("show neighbors down") == "show neighbors state=down");
  CHECK(parsed("show neighbors group tors up family ipv6") ==
        "show neighbors group=tors state=up family=ipv6-unicast");
  CHECK(parsed("show neighbors external asn 4200000000") ==
        "show neighbors type=external asn=4200000000");
  CHECK(refused("show neighbors asn 4294967296"));
  CHECK(refused("show routes med 5-"));
  CHECK(refused("show routes length 28-24"));
  CHECK(refused("show routes next-hop 10.0.0.0/8"));
}

TEST_CASE("All neighbors and groups are meant by whole words only") {
  CHECK(parsed("neighbor all enable") == "neighbors enable");
  CHECK(parsed("nei all dis back at ten") == "neighbors disable message=back at ten");
  CHECK(parsed("neighbor all refresh in") == "neighbors refresh direction=in");
  CHECK(parsed("neighbor group tors reset") == "group reset group=tors");
  CHECK(parsed("neighbor group reset reset") == "group reset group=reset");
  CHECK(parsed("nei group tors ref out") == "group refresh group=tors direction=out");
  CHECK(parsed("neighbor al enable") == "neighbor enable name=al");
  CHECK(parsed("neighbor g reset") == "neighbor reset name=g");
  CHECK(parsed("neighbor group disable") == "neighbor disable name=group");
}

TEST_CASE("A word that is nearly right is answered with the right one") {
  CHECK(parsed("show routes nexthop 192.0.2.1")
            .starts_with("error: unexpected \"nexthop\", did you mean \"next-hop\"?\nusage: pipit "
                         "show routes [PREFIX]"));
  CHECK(parsed("show routes comunity 65001:5").find("did you mean \"community\"?") !=
        std::string::npos);
  CHECK(parsed("show routes family ipv4unicast").find("did you mean \"ipv4-unicast\"?") !=
        std::string::npos);
  CHECK(parsed("show routes family ipv5").find("\nusage: pipit show routes ") != std::string::npos);
  CHECK(parsed("show neigbors").find("did you mean \"neighbors\"?") != std::string::npos);
  CHECK(parsed("shwo routes").find("did you mean \"show\"?") != std::string::npos);
  CHECK(parsed("show routes med").find("[med N|N-M]") != std::string::npos);
  CHECK(parsed("show routes l 5").find("\"l\": longer or length or limit") != std::string::npos);
}

TEST_CASE("Words may be shortened as long as they are unambiguous") {
  CHECK(parsed("sh nei") == "show neighbors");
  CHECK(parsed("sh nei rr-1") == "show neighbor name=rr-1");
  CHECK(parsed("sh r") == "show routes");
  CHECK(parsed("expl nei rr-1") == "explain neighbor name=rr-1");
  CHECK(parsed("sh routes fam ipv6") == "show routes family=ipv6-unicast");
  CHECK(parsed("sh routes nei rr-1 adv") == "show routes neighbor=rr-1 view=advertised");
  CHECK(parsed("st") == "status");
  CHECK(parsed("nei rr-1 dis") == "neighbor disable name=rr-1");
  CHECK(refused("nei rr-1 re"));
  CHECK(refused("sh routes b c l 5"));
  CHECK(parsed("neighbor rr-1 re").starts_with("error: ambiguous"));
}

TEST_CASE("What doesn't fit is refused with the way it could be said") {
  CHECK(parsed("dance") == "error: unknown command \"dance\"; `pipit help` lists them");
  CHECK(parsed("show").find("show neighbors") != std::string::npos);
  CHECK(parsed("show routes sideways").find("[longer]") != std::string::npos);
  CHECK(refused(""));
  CHECK(refused("status now"));
  CHECK(refused("show routes limit"));
  CHECK(refused("show routes community"));
  CHECK(refused("show routes limit 0"));
  CHECK(refused("reload dry-run"));
  CHECK(refused("reload --confirm"));
  CHECK(refused("reload --confirm 0s"));
  CHECK(refused("reload --confirm soon"));
  CHECK(refused("reload --confirm 999d"));
  CHECK(refused("rollback"));
  CHECK(refused("rollback first"));
  CHECK(refused("show routes limit ten"));
  CHECK(refused("show routes limit 99999999999"));
  CHECK(refused("show routes longer longer"));
  CHECK(refused("show routes 10.0.0.0/8 10.0.0.0/9"));
  CHECK(refused("show routes family ipv5"));
  CHECK(refused("explain 10.0.0.0/33"));
  CHECK(refused("explain"));
  CHECK(refused("explain 10.0.0.0/8 from"));
  CHECK(refused("neighbor"));
  CHECK(refused("neighbor rr-1"));
}

TEST_CASE("Completion knows what comes next") {
  const auto next = [](std::vector<std::string> given) {
    return complete(given, "/nonexistent/pipit.sock");
  };
  CHECK(next({"st"}) == "status\tone screen: router, neighbors, routes, kernel, warnings\n");
  CHECK(next({"show", "routes", "fam"}) == "family\tonly this address family\n");
  CHECK(next({"show", "routes", "family", "ipv6"}) ==
        "ipv6-unicast\tonly this address family\nipv6-vpn\tonly this address family\n");
  CHECK(next({"check", ""}) == "\tfiles\n");
  CHECK(next({"show", "routes", "next"}) == "next-hop\tonly with this next hop\n");
  CHECK(next({"show", "routes", "inv"}).starts_with("invalid\t"));
  CHECK(next({"show", "routes", "valid", "inv"}).empty());
  CHECK(next({"show", "routes", "det"}).starts_with("detail\t"));
  CHECK(next({"show", "routes", "med", ""}).empty());
  CHECK(next({"show", "neighbors", "d"}).starts_with("down\t"));
  CHECK(next({"neighbor", "a"}).starts_with("all\t"));
  CHECK(next({"neighbor", "all", "dis"}).starts_with("disable\t"));
  CHECK(next({"neighbor", "group", "tors", "ref"}).starts_with("refresh\t"));
  CHECK(next({"--wide", "stat"}).starts_with("status\t"));
  CHECK(next({"explain", "10.0.0.0/8", "f"}) ==
        "from\twhat import makes of what this neighbor announces\n");
  CHECK(next({"explain", "10.0.0.0/8", "from", "k"}).starts_with("kernel\t"));
  CHECK(next({"explain", "10.0.0.0/8", "from", "o"}).starts_with("originate\t"));
  CHECK(next({"explain", "10.0.0.0/8", "to", "o"}).empty());
  CHECK(next({"show", "routes", "source", "con"}).starts_with("connected\t"));
  CHECK(next({"--socket", ""}) == "\tfiles\n");
  CHECK(next({"--json", "relo"}).starts_with("reload\t"));
  CHECK(next({"--js"}) == "--json\tanswer with JSON\n");
  CHECK(next({"completion", "f"}).starts_with("fish\t"));
  CHECK(next({"reload", "--d"}) ==
        "--dry-run\tsay what it would do to neighbors and routes, change nothing\n");
  CHECK(next({"reload", "--dry-run", "--r"}).starts_with("--routes\t"));
  CHECK(next({"show", "config", "--diff", ""}) == "\tfiles\n");
  CHECK(next({"show", "routes", "best", "bes"}).empty());
  CHECK(next({}).find("show\t") != std::string::npos);
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CHECK(completion_script(shell).find("pipit complete --") != std::string_view::npos);
  }
}

TEST_CASE("Durations, counts and octets are worded for people") {
  CHECK(duration(45) == "45s");
  CHECK(duration(192) == "3m12s");
  CHECK(duration(7500) == "2h05m");
  CHECK(duration(93'784) == "1d02h");
  CHECK(count(0) == "0");
  CHECK(count(999) == "999");
  CHECK(count(1'000) == "1,000");
  CHECK(count(1'234'567) == "1,234,567");
  CHECK(octets(512) == "512 B");
  CHECK(octets(12'900'000) == "12.3 MiB");
  CHECK(plural(1, "path") == "1 path");
  CHECK(plural(2, "path") == "2 paths");
  CHECK(shortened("back at noon", 12) == "back at noon");
  CHECK(shortened("back at noon!", 12) == "back at n...");
  CHECK(shortened("\u00fc\u00fc\u00fc\u00fc\u00fc", 8) == "\u00fc\u00fc...");
}
