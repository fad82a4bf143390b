package org.jmoe.planning;

/**
 * Accelerators by data sheet: dense matmul peak (no sparsity), link bandwidth per direction,
 * gigabytes of 10^9 bytes. Drivers report about 5 % more memory than that; the difference is left
 * to the driver, the communication library and fragmentation.
 */
public enum Accelerator {
  /** NVIDIA A100 SXM 40 GB data sheet; DGX A100: one 200 Gb/s link per device. */
  A100_40G(8, 40, 1.555, 312, 0, 19.5, 300, 25),
  /** NVIDIA A100 SXM 80 GB data sheet; DGX A100. */
  A100_80G(8, 80, 2.039, 312, 0, 19.5, 300, 25),
  /** NVIDIA H100 SXM data sheet; DGX H100: one 400 Gb/s link per device. */
  H100(8, 80, 3.35, 989, 1979, 67, 450, 50),
  /** NVIDIA H200 SXM data sheet; DGX H200. */
  H200(8, 141, 4.8, 989, 1979, 67, 450, 50),
  /** 1/72 of NVIDIA's GB200 NVL72 data sheet; one 400 Gb/s link per device. */
  GB200(72, 186, 8, 2500, 5000, 80, 900, 50),
  /** 1/72 of NVIDIA's GB300 NVL72 data sheet; one 800 Gb/s link per device. */
  GB300(72, 277, 8, 2500, 5000, 80, 900, 100);

  private static final double GIGA = 1e9;
  private static final double TERA = 1e12;

  private final int together;
  private final long gigabytes;
  private final double memoryTerabytes;
  private final double bfloat16Teraflops;
  private final double float8Teraflops;
  private final double float32Teraflops;
  private final double intraGigabytes;
  private final double interGigabytes;

  Accelerator(
      int together,
      long gigabytes,
      double memoryTerabytes,
      double bfloat16Teraflops,
      double float8Teraflops,
      double float32Teraflops,
      double intraGigabytes,
      double interGigabytes) {
    this.together = together;
    this.gigabytes = gigabytes;
    this.memoryTerabytes = memoryTerabytes;
    this.bfloat16Teraflops = bfloat16Teraflops;
    this.float8Teraflops = float8Teraflops;
    this.float32Teraflops = float32Teraflops;
    this.intraGigabytes = intraGigabytes;
    this.interGigabytes = interGigabytes;
  }

  /** Returns the maximum number of devices that fast links connect. */
  int together() {
    return together;
  }

  /** Returns the name as used on the command line: {@code A100-80G}. */
  String word() {
    return name().replace('_', '-');
  }

  /** Returns a cluster of {@code nodes} nodes of such devices. */
  Cluster cluster(int nodes, int devicesPerNode) {
    return new Cluster(
        word(),
        nodes,
        devicesPerNode,
        gigabytes * 1_000_000_000,
        memoryTerabytes * TERA,
        bfloat16Teraflops * TERA,
        float8Teraflops * TERA,
        float32Teraflops * TERA,
        intraGigabytes * GIGA,
        interGigabytes * GIGA);
  }
}
