/**
 * DPDK as small Java objects. Only {@code Shim}, {@code NativeCall} and {@code PacketCalls} see the
 * Foreign Function API; everything else is plain Java on top of them.
 */
package io.sluice.dpdk;
