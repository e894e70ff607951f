<#
.SYNOPSIS
Makes a machine of Generation 1 in Hyper-V, checks banner and answer, cuts the power, and removes the machine.

.DESCRIPTION
For Windows PowerShell 5.1 or PowerShell 7, as an administrator, with the module Hyper-V. The words and the exit
codes are those of the other scripts in this folder. Hyper-V has no power button to press: Stop-VM asks a
service in the guest, and 256 bytes have none.

.PARAMETER Image
A file .vhd or .iso, or a folder: a release, or build\, of which boot.vhd is taken. Without it: the folder above
this one, or build\.

.PARAMETER Name
What the machine is called.

.PARAMETER Timeout
The seconds that a step may take.

.EXAMPLE
.\hyper-v.ps1 boot.vhd -Timeout 10
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [string] $Image = '',

    [ValidatePattern('^[A-Za-z0-9][A-Za-z0-9-]*$')]
    [string] $Name = "boot256-smoke-$PID",

    [ValidateRange(1, 999999)]
    [int] $Timeout = 60
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# The probe's exit codes (boot256-probe --help), and 13.
$Usage = 2
$Open = 3
$Start = 4
$Closed = 5
$NoBanner = 6
$NoPrompt = 7
$EchoIsWrong = 8
$AnswerIsWrong = 9
$StillOn = 11
$LeftBehind = 13

$script:Heard = ''
$script:Code = 0

# What ends the script: a line, and an exit code.
function Stop-Smoke([int] $Code, [string] $Text) {
    $script:Code = $Code
    throw $Text
}

function Write-Step([string] $Text) {
    [Console]::Out.WriteLine("smoke: $Text")
}

function Write-Failure([string] $Text) {
    [Console]::Error.WriteLine('smoke: FAIL: ' + ($Text -replace '\s+', ' '))
}

# Its last bytes, control characters made visible.
function Format-Heard([string] $Text) {
    if ($Text.Length -gt 120) { $Text = $Text.Substring($Text.Length - 120) }
    '"' + ($Text -replace "`r", '\r' -replace "`n", '\n' -replace [string] [char] 27, '\e') + '"'
}

# The next byte, into $script:Heard.
function Read-Byte([IO.Pipes.NamedPipeClientStream] $Pipe, [string] $What, [int] $Code) {
    $buffer = New-Object byte[] 1
    $reading = $Pipe.ReadAsync($buffer, 0, 1)
    if (-not $reading.Wait($Timeout * 1000)) {
        Stop-Smoke $Code "$What does not come in $Timeout s, heard $(Format-Heard $script:Heard)"
    }
    if ($reading.Result -eq 0) {
        Stop-Smoke $Closed "the line ends before $What, heard $(Format-Heard $script:Heard)"
    }
    $script:Heard += [char] $buffer[0]
}

function Wait-Text([IO.Pipes.NamedPipeClientStream] $Pipe, [string] $Text, [string] $What, [int] $Code) {
    while (-not $script:Heard.EndsWith($Text, [StringComparison]::Ordinal)) {
        Read-Byte $Pipe $What $Code
    }
}

function Assert-Text([IO.Pipes.NamedPipeClientStream] $Pipe, [string] $Text, [string] $What, [int] $Code) {
    $before = $script:Heard.Length
    for ($i = 1; $i -le $Text.Length; $i++) {
        Read-Byte $Pipe $What $Code
        $heard = $script:Heard.Substring($before)
        if ($heard -cne $Text.Substring(0, $i)) {
            Stop-Smoke $Code "$What is wrong: expected $(Format-Heard $Text), heard $(Format-Heard $heard)"
        }
    }
}

function Find-Image([string] $Place) {
    if (-not $Place) {
        $Place = Join-Path $PSScriptRoot '..'
        if (-not (Test-Path -LiteralPath (Join-Path $Place 'boot.vhd'))) { $Place = Join-Path $PSScriptRoot '..\..\build' }
    }
    if (Test-Path -LiteralPath $Place -PathType Container) { $Place = Join-Path $Place 'boot.vhd' }
    if ($Place -notmatch '\.(vhd|iso)$') { Stop-Smoke $Usage "${Place}: not an image that this script knows (vhd iso)" }
    if (-not (Test-Path -LiteralPath $Place -PathType Leaf)) { Stop-Smoke $Usage "$Place is missing" }
    (Resolve-Path -LiteralPath $Place).ProviderPath
}

$made = $false
$folder = $null
$pipe = $null
try {
    $file = Find-Image $Image
    if (-not (Get-Command -Name New-VM -ErrorAction SilentlyContinue)) {
        Stop-Smoke $Start 'New-VM is missing (the Windows feature Hyper-V, with its module for PowerShell)'
    }
    # A copy: Hyper-V may write to a disk. Its own folder, for the machine's files too.
    $folder = Join-Path ([IO.Path]::GetTempPath()) $Name
    [void] (New-Item -ItemType Directory -Path $folder)
    $copy = Join-Path $folder ([IO.Path]::GetFileName($file))
    Copy-Item -LiteralPath $file -Destination $copy

    if ($copy -match '\.vhd$') {
        [void] (New-VM -Name $Name -Generation 1 -MemoryStartupBytes 32MB -VHDPath $copy -Path $folder)
        $made = $true
    } else {
        [void] (New-VM -Name $Name -Generation 1 -MemoryStartupBytes 32MB -NoVHD -Path $folder)
        $made = $true
        Set-VMDvdDrive -VMName $Name -Path $copy
    }
    Set-VM -Name $Name -AutomaticCheckpointsEnabled $false
    Set-VMComPort -VMName $Name -Number 1 -Path "\\.\pipe\$Name"

    # It asks for the pipe until the machine makes it, so that the line is open before the banner.
    $pipe = New-Object IO.Pipes.NamedPipeClientStream '.', $Name, 'InOut', 'Asynchronous'
    $connecting = $pipe.ConnectAsync($Timeout * 1000)
    Start-VM -Name $Name
    try { $connected = $connecting.Wait($Timeout * 1000) } catch { $connected = $false }
    if (-not $connected) { Stop-Smoke $Open "nobody is at \\.\pipe\$Name" }

    Wait-Text $pipe "ClientAPI`r`n$ " 'the banner' $NoBanner
    Write-Step 'ClientAPI'
    $line = [Text.Encoding]::ASCII.GetBytes("hello`r")
    $pipe.Write($line, 0, $line.Length)
    Assert-Text $pipe "hello`r`n" 'the echo' $EchoIsWrong
    Assert-Text $pipe "olleh`r`n" 'the answer' $AnswerIsWrong
    Assert-Text $pipe '$ ' 'the prompt after the answer' $NoPrompt
    Write-Step 'hello -> olleh'

    Stop-VM -Name $Name -TurnOff -Force
    $state = (Get-VM -Name $Name).State
    if ($state -ne 'Off') { Stop-Smoke $StillOn "the power is cut, but Hyper-V says: $state" }
    Write-Step 'off (power cut: Hyper-V has no button)'
} catch {
    if (-not $script:Code) { $script:Code = $Start }
    Write-Failure $_.Exception.Message
} finally {
    # Ctrl-C comes here as well.
    if ($pipe) { $pipe.Dispose() }
    if ($made) {
        try {
            Stop-VM -Name $Name -TurnOff -Force -WarningAction SilentlyContinue
            Remove-VM -Name $Name -Force
        } catch {
            Write-Failure "left behind: $Name`: $($_.Exception.Message)"
            if (-not $script:Code) { $script:Code = $LeftBehind }
        }
    }
    if ($folder) { Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue }
}
if (-not $script:Code) { Write-Step 'ok' }
exit $script:Code
