package io.sluice.control.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sluice.packet.IpAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceTextTest {
    private static List<String> words(String text) {
        return List.of(text.split(" "));
    }

    private static Catalog catalog() {
        Catalog catalog = new Catalog();
        catalog.add(
                Interface.read(words("p0 192.0.2.1/24 gateway=192.0.2.254")), Set.of("p0", "p1"));
        return catalog;
    }

    @Test
    void aServiceIsRead() {
        ServiceSpec spec =
                ServiceSpec.read(words("web vip=[2001:db8::1]:8000-8010 proto=udp zone=7"));
        assertEquals("[2001:db8::1]:8000-8010", spec.vipText());
        assertEquals(Protocol.UDP, spec.protocol());
        assertEquals(7, spec.zone());
        assertEquals("maglev", spec.algorithm());
        assertEquals("10.0.0.11", BackendSpec.read(words("10.0.0.11")).name());
        assertEquals("[fd00::1]:80", BackendSpec.read(words("[fd00::1]:80 weight=3")).name());
        assertEquals("fd00::1", BackendSpec.read(words("fd00::1")).name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    web                            | 'vip' is missing, expected NAME vip=
                    web vip=192.0.2.10             | vip is '192.0.2.10', expected a port too: ADDRESS:PORT
                    web vip=224.0.0.1:80           | vip is 224.0.0.1, expected the address of one host
                    web vip=[ff02::1]:80           | vip is ff02::1, expected the address of one host
                    web vip=192.0.2.10:0           | the port of vip is '0', expected a number from 1 to 65535
                    web vip=192.0.2.10:9-8         | vip has the ports 9-8, expected the lower one first
                    web vip=192.0.2.300:80         | vip: '192.0.2.300' is not an IPv4 address
                    web vip=[2001:db8::1:80        | vip is '[2001:db8::1:80', expected [ADDRESS]:PORT
                    web vip=[2001:db8::1]80        | vip is '[2001:db8::1]80', expected [ADDRESS]:PORT
                    web vip=1.1.1.1:1 vip=1.1.1.1:1| 'vip' is given twice
                    web web vip=192.0.2.10:80      | unexpected 'web', expected NAME vip=
                    9 vip=192.0.2.10:80            | service name '9', expected a letter
                    web vip=192.0.2.10:80 proto=tpc| proto is 'tpc', expected one of tcp udp sctp; did you mean 'tcp'?
                    web vip=192.0.2.10:80 zon=1    | unknown word 'zon', expected one of vip proto zone
                    web vip=192.0.2.10:80 mode=nat  | mode is 'nat', expected one of dnat snat
                    web vip=192.0.2.10:80 zone=65001 | zone 65001 is for services with mode=snat
                    web vip=192.0.2.10:80 affinity=1h | affinity is '1h', expected a number from 0 to 1000000
                    web vip=192.0.2.10:80 zone=-1  | zone is '-1', expected a number from 0 to 65535
                    """)
    void aMistakeHasASentence(String text, String sentence) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> ServiceSpec.read(words(text)))
                        .getMessage();
        assertTrue(message.startsWith(sentence), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            textBlock =
                    """
                    p9 10.0.0.1/24                       | no port is called 'p9'
                    p0 10.0.0.1                          | the address is '10.0.0.1', expected ADDRESS/LENGTH
                    p0 10.0.0.1/33                       | the prefix's length is '33', expected a number from 1 to 32
                    p0 10.0.0.1/24 gateway=10.0.1.1      | gateway 10.0.1.1 is not on the network 10.0.0.1/24
                    p0 10.0.0.1/24 gateway=10.0.0.1      | gateway 10.0.0.1 is the interface's own address
                    p0 192.0.2.1/24                      | 192.0.2.1 is the address of an interface already
                    """)
    void aWrongInterfaceIsRefused(String text, String sentence) {
        Catalog catalog = catalog();
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> catalog.add(Interface.read(words(text)), Set.of("p0")))
                        .getMessage();
        assertTrue(message.startsWith(sentence), message);
        assertEquals(1, catalog.interfaces().size());
    }

    @Test
    void whatCannotStandBesideOthersIsRefused() {
        Catalog catalog = catalog();
        Service web = catalog.add(ServiceSpec.read(words("web vip=192.0.2.10:80-90 zone=5")));
        catalog.add(web, BackendSpec.read(words("10.0.0.11:80")));
        refused(catalog, "web vip=192.0.2.11:80", "there is a service web already");
        refused(
                catalog,
                "b vip=192.0.2.10:85 zone=5",
                "192.0.2.10:85 of tcp is service web's, which has 192.0.2.10:80-90");
        refused(
                catalog,
                "b vip=192.0.2.10:99 zone=6",
                "service web has vip 192.0.2.10 in zone 5, expected the same zone");
        refused(catalog, "b vip=192.0.2.1:80", "vip 192.0.2.1 is the address of interface p0");
        refused(catalog, "b vip=[2001:db8::1]:80", "no port has an address of IPv6 yet");
        Service other = catalog.add(ServiceSpec.read(words("b vip=192.0.2.12:80 zone=6")));
        refusedBackend(catalog, web, "10.0.0.11:80", "service web has a backend 10.0.0.11:80");
        refusedBackend(catalog, web, "fd00::1", "backend fd00::1 is no address of IPv4");
        refusedBackend(catalog, web, "192.0.2.1:80", "backend 192.0.2.1:80 is an address of Sl");
        refusedBackend(
                catalog,
                other,
                "10.0.0.11:81",
                "10.0.0.11 is a backend of service web in zone 5, expected the same zone");
        assertEquals(1, web.backends().size());
    }

    private static void refused(Catalog catalog, String text, String sentence) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> catalog.add(ServiceSpec.read(words(text))))
                        .getMessage();
        assertTrue(message.startsWith(sentence), message);
    }

    private static void refusedBackend(
            Catalog catalog, Service service, String text, String sentence) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> catalog.add(service, BackendSpec.read(words(text))))
                        .getMessage();
        assertTrue(message.startsWith(sentence), message);
    }

    @Test
    void thePacketGoesToTheNetworkWithTheLongestPrefixOrAGateway() {
        List<Interface> interfaces =
                List.of(
                        Interface.read(words("p0 10.0.0.1/8 gateway=10.0.0.254")),
                        Interface.read(words("p1 10.1.0.1/16")),
                        Interface.read(words("p1 fd00::1/64 gateway=fe80::1")),
                        Interface.read(words("p1 fd01::1/127")));
        assertEquals("p1", hop("10.1.2.3", interfaces).port());
        assertEquals("p0", hop("10.2.2.3", interfaces).port());
        assertEquals(IpAddress.parse("10.0.0.254"), hop("192.0.2.1", interfaces).neighbour());
        assertEquals(IpAddress.parse("fe80::1"), hop("fd01::2", interfaces).neighbour());
        assertEquals(IpAddress.parse("fd01::0"), hop("fd01::0", interfaces).neighbour());
        assertEquals(
                Optional.empty(),
                NextHop.to(IpAddress.parse("192.0.2.1"), interfaces.subList(1, 2)));
    }

    @Test
    void anAnswerComesBackToTheAddressOnTheBackendsNetwork() {
        Catalog catalog = catalog();
        Set<String> ports = Set.of("p0", "p1");
        catalog.add(Interface.read(words("p1 10.1.0.1/16 gateway=10.1.0.254")), ports);
        catalog.add(Interface.read(words("p1 10.2.0.1/16")), ports);
        Service web = catalog.add(ServiceSpec.read(words("web vip=192.0.2.10:80 mode=snat")));
        assertEquals("10.2.0.1", towards(catalog, web, "10.2.0.5"));
        assertEquals("10.1.0.1", towards(catalog, web, "10.1.0.5"));
        assertEquals("192.0.2.1", towards(catalog, web, "10.9.0.5"));
    }

    private static String towards(Catalog catalog, Service service, String backend) {
        Backend added = catalog.add(service, BackendSpec.read(words(backend)));
        return catalog.addressTowards(added).toString();
    }

    private static NextHop hop(String address, List<Interface> interfaces) {
        return NextHop.to(IpAddress.parse(address), interfaces).orElseThrow();
    }

    /** Every port is matched once if it is of the range, and else not at all. */
    @ParameterizedTest
    @CsvSource({"80,80", "8000,8010", "1,65535", "1,65534", "32768,65535", "4095,4097"})
    void aRangeOfPortsIsMatchedByMasks(int first, int last) {
        List<String> masks = PortMasks.of(first, last);
        assertTrue(masks.size() <= 30);
        for (int port = 0; port <= 0xFFFF; port++) {
            int matched = 0;
            for (String each : masks) {
                String[] parts = each.split("/", -1);
                int mask = parts.length == 1 ? 0xFFFF : Integer.decode(parts[1]);
                matched += (port & mask) == Integer.decode(parts[0]) ? 1 : 0;
            }
            assertEquals(port >= first && port <= last ? 1 : 0, matched, "port " + port);
        }
    }
}
