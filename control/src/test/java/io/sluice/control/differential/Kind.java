package io.sluice.control.differential;

/** What sequences are made of. */
enum Kind {
    /** Whole TCP connections, some with packets lost, doubled, and not of them. */
    TCP_LIFE,
    /** Connections that are refused or broken off, and their tuples used again. */
    TCP_RESET,
    /** TCP packets of any kind in either direction. */
    TCP_WALK,
    /** TCP connections whose beginning was not seen. */
    TCP_MIDSTREAM,
    /** Both ends open at the same time. */
    TCP_SIMULTANEOUS,
    /** SCTP associations, some with packets lost, doubled, and not of them. */
    SCTP_LIFE,
    /** SCTP packets of any kind in either direction. */
    SCTP_WALK,
    UDP,
    /** Questions, answers, and messages that are neither. */
    ICMP_QUERY,
    /** Errors about packets of connections. */
    ICMP_ERROR,
    /** Errors about packets of no connection. */
    ICMP_STRAY_ERROR,
    /** Protocols that have no ports. */
    OTHER,
    /** Packets of all kinds in fragments. */
    FRAGMENTS
}
