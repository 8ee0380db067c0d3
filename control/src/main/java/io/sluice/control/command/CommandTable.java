package io.sluice.control.command;

import io.sluice.control.service.BackendSpec;
import io.sluice.control.service.Client;
import io.sluice.control.service.Interface;
import io.sluice.control.service.ServiceSpec;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Every command. A new one is a row. */
public final class CommandTable {
    private static final String FLOWS = "FLOW, or many, one a line";
    private static final String GROUPS = "GROUP, or many, one a line";
    private static final String METERS = "METER, or many, one a line";

    /** Sorted by name. */
    public static final List<Command> ALL =
            List.of(
                    row(
                            "backend/add",
                            BackendSpec.USAGE,
                            "adds a backend to a service",
                            BackendCommands::add),
                    row(
                            "backend/del",
                            "SERVICE ADDRESS[:PORT]",
                            "takes a backend from a service and ends its connections",
                            BackendCommands::del),
                    row(
                            "backend/drain",
                            "SERVICE ADDRESS[:PORT]",
                            "gives a backend no more connections; those that it has go on",
                            BackendCommands::drain),
                    row("backend/list", "[SERVICE]", "shows backends", BackendCommands::list),
                    anywhere(
                            "ct/count",
                            ConnCommands.FILTER,
                            "counts connections",
                            ConnCommands::count),
                    anywhere(
                            "ct/dump",
                            ConnCommands.FILTER,
                            "shows connections",
                            ConnCommands::dump),
                    stream(
                            "ct/events",
                            EventCommands.FILTER,
                            "shows what happens to connections, until interrupted",
                            EventCommands::stream),
                    anywhere(
                            "ct/expect-dump",
                            ExpectCommands.FILTER,
                            "shows connections that helpers expect, with -s also their timeouts",
                            ExpectCommands::dump),
                    anywhere(
                            "ct/flush",
                            ConnCommands.FILTER,
                            "ends connections",
                            ConnCommands::flush),
                    row(
                            "ct/limit-del",
                            "zone=N[,N]... or default",
                            "takes zones their limit, so that they have the default",
                            LimitCommands::del),
                    row(
                            "ct/limit-get",
                            "[zone=N[,N]...]",
                            "shows limits of zones and how many connections they have",
                            LimitCommands::get),
                    row(
                            "ct/limit-set",
                            "[default=M] [zone=N,limit=M]...",
                            "limits the connections in zones; 0: no limit",
                            LimitCommands::set),
                    row(
                            "ct/timeout-get",
                            "[zone=N]",
                            "shows the timeouts of a zone, or the default ones",
                            TimeoutCommands::get),
                    row(
                            "ct/timeout-set",
                            TimeoutCommands.CHANGES,
                            "sets timeouts of a zone, or the default ones",
                            TimeoutCommands::set),
                    row(
                            "dpctl/ct-del-limits",
                            "zone=N[,N]...",
                            "as ct/limit-del",
                            DpctlCommands::delLimits),
                    row(
                            "dpctl/ct-disable-tcp-seq-chk",
                            TcpCheckCommands.DATAPATH,
                            "lets TCP packets pass that are outside their window",
                            TcpCheckCommands::disable),
                    row(
                            "dpctl/ct-enable-tcp-seq-chk",
                            TcpCheckCommands.DATAPATH,
                            "makes TCP packets invalid that are outside their window",
                            TcpCheckCommands::enable),
                    row(
                            "dpctl/ct-get-limits",
                            "[zone=N[,N]...]",
                            "as ct/limit-get",
                            DpctlCommands::getLimits),
                    row(
                            "dpctl/ct-get-maxconns",
                            "",
                            "shows how many connections there may be",
                            DpctlCommands::maximum),
                    row(
                            "dpctl/ct-get-nconns",
                            "",
                            "shows how many connections there are",
                            DpctlCommands::connectionCount),
                    row(
                            "dpctl/ct-get-tcp-seq-chk",
                            TcpCheckCommands.DATAPATH,
                            "shows whether that is so",
                            TcpCheckCommands::get),
                    row(
                            "dpctl/ct-set-limits",
                            "[default=M] [zone=N,limit=M]...",
                            "as ct/limit-set",
                            DpctlCommands::setLimits),
                    row(
                            "dpctl/ct-set-maxconns",
                            "MAXCONNS",
                            "says how many connections there may be, up to max-connections",
                            DpctlCommands::setMaximum),
                    anywhere(
                            "dpctl/ct-stats-show",
                            DpctlCommands.STATS,
                            "counts connections by protocol, with -m also by TCP state",
                            DpctlCommands::stats),
                    anywhere(
                            "dpctl/dump-conntrack",
                            "[-s] [zone=N]",
                            "shows connections, with -s also their timeouts",
                            DpctlCommands::dump),
                    anywhere(
                            "dpctl/dump-conntrack-exp",
                            ExpectCommands.FILTER,
                            "as ct/expect-dump, in the words of ovs-appctl",
                            ExpectCommands::dumpAsOpenVSwitch),
                    anywhere(
                            "dpctl/flush-conntrack",
                            DpctlCommands.TUPLES,
                            "ends connections",
                            DpctlCommands::flush),
                    row(
                            "dpctl/ipf-get-status",
                            IpfCommands.STATUS,
                            "shows what fragments may do, and what became of them",
                            IpfCommands::status),
                    row(
                            "dpctl/ipf-set-disabled",
                            IpfCommands.VERSION,
                            "makes fragments invalid",
                            IpfCommands::disable),
                    row(
                            "dpctl/ipf-set-enabled",
                            IpfCommands.VERSION,
                            "has fragments tracked as their datagrams",
                            IpfCommands::enable),
                    row(
                            "dpctl/ipf-set-max-nfrags",
                            IpfCommands.MAX,
                            "says how many fragments may wait",
                            IpfCommands::setMax),
                    row(
                            "dpctl/ipf-set-min-frag",
                            IpfCommands.MIN,
                            "says how long all fragments but the last must be",
                            IpfCommands::setMin),
                    row("exit", "", "stops Sluice", ProcessCommands::exit),
                    row("flow/add", FLOWS, "adds flows", RuleCommands::addFlows),
                    row(
                            "flow/del",
                            "[--strict] [MATCH]",
                            "deletes the flows that match; all without a match",
                            RuleCommands::delFlows),
                    row(
                            "flow/dump",
                            "[--strict] [MATCH]",
                            "shows flows and what they counted",
                            RuleCommands::dumpFlows),
                    row(
                            "flow/mod",
                            "[--strict] MATCH,actions=...",
                            "gives the flows that match other actions, or adds one if none does",
                            RuleCommands::modFlows),
                    row(
                            "flow/replace",
                            "FLOWS, GROUPS AND METERS, one a line",
                            "replaces all of them; those that stay the same keep counting",
                            RuleCommands::replaceFlows),
                    row("group/add", GROUPS, "adds groups", GroupCommands::add),
                    row(
                            "group/del",
                            "[group_id=N]",
                            "deletes a group, or all, and the flows that name it",
                            GroupCommands::del),
                    row("group/dump", "[group_id=N]", "shows groups", GroupCommands::dump),
                    row(
                            "group/insert-buckets",
                            "group_id=N,command_bucket_id=first|last|ID,bucket=...",
                            "adds buckets to a group, at an end or before a bucket",
                            GroupCommands::insertBuckets),
                    row("group/mod", GROUPS, "gives a group other buckets", GroupCommands::mod),
                    row(
                            "group/remove-buckets",
                            "group_id=N[,command_bucket_id=first|last|all|ID]",
                            "takes a bucket, or all, from a group",
                            GroupCommands::removeBuckets),
                    row(
                            "group/stats",
                            "[group_id=N]",
                            "shows what groups and their buckets counted",
                            GroupCommands::stats),
                    row(
                            "interface/add",
                            Interface.USAGE,
                            "gives Sluice an address on a port's network, for services",
                            ServiceCommands::addInterface),
                    row(
                            "interface/del",
                            "PORT ADDRESS",
                            "takes such an address away",
                            ServiceCommands::delInterface),
                    row(
                            "interface/list",
                            "",
                            "shows these addresses",
                            ServiceCommands::listInterfaces),
                    row("list-commands", "", "shows this list", ProcessCommands::listCommands),
                    row("meter/add", METERS, "adds meters", MeterCommands::add),
                    row(
                            "meter/del",
                            "[meter=N]",
                            "deletes a meter, or all, and the flows that name it",
                            MeterCommands::del),
                    row("meter/dump", "[meter=N]", "shows meters", MeterCommands::dump),
                    row("meter/mod", METERS, "gives a meter other rates", MeterCommands::mod),
                    row(
                            "meter/stats",
                            "[meter=N]",
                            "shows what meters counted and dropped",
                            MeterCommands::stats),
                    anywhere(
                            "nat/blocks",
                            NatFilter.USAGE,
                            "shows the port blocks that clients have",
                            NatCommands::blocks),
                    anywhere(
                            "nat/mappings",
                            NatFilter.USAGE,
                            "shows the mappings of endpoints (RFC 4787)",
                            NatCommands::mappings),
                    row(
                            "packet/compose",
                            "MATCH [payload=HEX]",
                            "answers the packet's bytes in hex",
                            PacketCommands::compose),
                    stream(
                            "packet/in",
                            "",
                            "shows the packets that flows send up, until interrupted",
                            PacketCommands::in),
                    row(
                            "packet/out",
                            "in_port=PORT,packet=HEX,actions=...",
                            "sends a packet",
                            PacketCommands::out),
                    row(
                            "port/add",
                            "NAME DEVARGS [NUMBER]",
                            "opens a port and answers its number",
                            PortCommands::add),
                    row("port/del", "NAME", "closes a port", PortCommands::del),
                    row("port/list", "[NAME]", "shows ports", PortCommands::list),
                    row(
                            "port/stats",
                            "[NAME]",
                            "shows what ports received and sent",
                            PortCommands::stats),
                    row(
                            "service/add",
                            ServiceSpec.USAGE,
                            "adds a service, whose connections go to its backends",
                            ServiceCommands::add),
                    row(
                            "service/del",
                            "NAME",
                            "deletes a service with its backends and connections",
                            ServiceCommands::del),
                    row(
                            "service/explain",
                            Client.USAGE,
                            "says which backend a client's new connection would get, and why",
                            ExplainCommand::run),
                    row("service/list", "[NAME]", "shows services", ServiceCommands::list),
                    row(
                            "service/stats",
                            "[NAME]",
                            "shows what services and their backends have carried",
                            TrafficCommand::run),
                    row("stats/drops", "", "shows why packets were dropped", StatsCommands::drops),
                    row(
                            "stats/events",
                            "",
                            "shows how many events of connections there were and were lost",
                            EventCommands::stats),
                    row(
                            "stats/nat",
                            "",
                            "shows what searches for translations came to, by zone and range",
                            StatsCommands::nat),
                    row("stats/workers", "", "shows what each worker did", StatsCommands::workers),
                    row(
                            "stats/zones",
                            "",
                            "shows what happened in each zone",
                            StatsCommands::zones),
                    row("status", "", "shows how Sluice is", ProcessCommands::status),
                    row(
                            "trace",
                            "MATCH [ct_state=STATE...] or in_port=PORT,packet=HEX[,actions=...]",
                            "shows the way that a packet would take, and sends nothing",
                            TraceCommand::run),
                    row("version", "", "shows which Sluice this is", ProcessCommands::version));

    private CommandTable() {}

    public static Optional<Command> find(String name) {
        return ALL.stream().filter(command -> command.name().equals(name)).findFirst();
    }

    public static Set<String> names() {
        return ALL.stream().map(Command::name).collect(Collectors.toSet());
    }

    private static Command row(
            String name, String parameters, String summary, Command.Handler handler) {
        return new Command(name, parameters, summary, false, false, handler);
    }

    /** For the connection table and the like, which any thread may use. */
    private static Command anywhere(
            String name, String parameters, String summary, Command.Handler handler) {
        return new Command(name, parameters, summary, false, true, handler);
    }

    private static Command stream(
            String name, String parameters, String summary, Command.Handler handler) {
        return new Command(name, parameters, summary, true, false, handler);
    }
}
